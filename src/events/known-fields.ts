import { HOT_FIELDS } from './hot-fields.ts';
import { auditdFieldNames, cloudFieldNames } from './taxonomy.ts';

/** Of the record itself, and those that decoders write. Source: contract/query-language.md, sections 5.3 and 5.4. */
const OTHERS = [
  ...['msg', 'log_ts', 'col_ts', 'index_ts', 'event_ts', 'repo_name', 'col_type', 'device_ip', 'device_name'],
  ...['source_name', 'norm_id', 'sig_id', 'label', 'collected_at', 'logpoint_name', 'action', 'message', 'status'],
  ...['source_address', 'destination_address', 'source_port', 'destination_port', 'source_host', 'destination_host'],
  ...['user', 'caller_user', 'target_user', 'domain', 'caller_domain', 'host', 'workstation', 'logon_type', 'logon_id'],
  ...['datasize', 'sent_datasize', 'received_datasize', 'sender', 'receiver', 'subject', 'country_name', 'user_agent'],
  ...['request_method', 'status_code', 'object', 'object_type', 'protocol', 'protocol_id', 'url', 'program', 'pid'],
];

/** Names that events of this program usually have: for telling a slip of the pen from a field of one's own. */
export const KNOWN_FIELDS: readonly string[] = [
  ...new Set([...Object.keys(HOT_FIELDS), ...auditdFieldNames.values(), ...cloudFieldNames.values(), ...OTHERS]),
];
