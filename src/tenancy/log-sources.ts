import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { countRows, type ListShape, type Slice, type StoredList, selectSlice } from '../control/list-page.ts';
import { type AppError, refuse } from '../shared/errors.ts';
import { type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import { ipVersion } from '../shared/ip-version.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from './author.ts';
import { hasUnprintable, NAME_CHARS_MAX, nameKey } from './names.ts';

/** Where logs come from, by the name that rules and incidents carry in `log_source`. */
export type LogSource = {
  readonly id: ObjectId;
  readonly name: string;
  readonly description: string;
  /** Addresses or host names that belong to it. */
  readonly hosts: readonly string[];
};

export type LogSourceSpec = Omit<LogSource, 'id'>;

export const LOG_SOURCES_MAX = 5_000;
export const LOG_SOURCE_HOSTS_MAX = 1_000;
const DESCRIPTION_CHARS_MAX = 1_000;
const HOST_CHARS_MAX = 253;
const LABEL = /^[A-Za-z0-9_*](?:[A-Za-z0-9_*-]{0,61}[A-Za-z0-9_*])?$/;

type Row = { id: string; name: string; description: string; hosts_json: string };
const COLUMNS = 'id, name, description, hosts_json';
const sourceOf = ({ id, name, description, hosts_json }: Row): LogSource => ({
  id,
  name,
  description,
  hosts: JSON.parse(hosts_json),
});

const LIST: ListShape = {
  columns: COLUMNS,
  from: 'log_sources',
  scope: 'logpoint_id = ?',
  id: 'id',
  order: 'name_key',
  changed: ['updated_at_ms'],
};

/** By name. */
export const listLogSources = async (tx: ReadTx, logpointId: LogpointId, slice: Slice = {}): Promise<LogSource[]> =>
  (await selectSlice<Row>(tx, LIST, [logpointId], slice)).map(sourceOf);

export const storedLogSources: StoredList<LogpointId, LogSource> = {
  rows: listLogSources,
  count: (tx, logpointId, changedFromMs) => countRows(tx, LIST, [logpointId], changedFromMs),
};

export async function getLogSource(tx: ReadTx, logpointId: LogpointId, id: ObjectId): Promise<LogSource | null> {
  const row = await tx.get<Row>(`select ${COLUMNS} from log_sources where logpoint_id = ? and id = ?`, [
    logpointId,
    id,
  ]);
  return row === undefined ? null : sourceOf(row);
}

/** @throws AppError kind `refused`: `LOG_SOURCE_INVALID`, `LOG_SOURCE_EXISTS`, `LOG_SOURCES_FULL` */
export async function createLogSource(
  tx: Tx,
  logpointId: LogpointId,
  spec: LogSourceSpec,
  by: Author,
): Promise<LogSource> {
  checkSpec(spec);
  const count = await tx.get<{ n: number }>('select count(*) as n from log_sources where logpoint_id = ?', [
    logpointId,
  ]);
  if ((count?.n ?? 0) >= LOG_SOURCES_MAX) {
    throw refuse('LOG_SOURCES_FULL', `the logpoint already has ${LOG_SOURCES_MAX} log sources`);
  }
  const source: LogSource = { ...spec, id: newObjectId(tx.nowMs) };
  const { changes } = await tx.run(
    `insert into log_sources (id, logpoint_id, name, name_key, description, hosts_json, created_at_ms,
       updated_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (logpoint_id, name_key) do nothing`,
    [
      source.id,
      logpointId,
      spec.name,
      nameKey(spec.name),
      spec.description,
      JSON.stringify(spec.hosts),
      tx.nowMs,
      tx.nowMs,
    ],
  );
  if (changes === 0) throw taken(spec.name);
  await audit(tx, logpointId, 'log source created', null, source, by);
  return source;
}

/** @throws AppError as create, and `LOG_SOURCE_UNKNOWN` */
export async function editLogSource(
  tx: Tx,
  logpointId: LogpointId,
  id: ObjectId,
  edit: { readonly [K in keyof LogSourceSpec]?: LogSourceSpec[K] | undefined },
  by: Author,
): Promise<LogSource> {
  const before = await existing(tx, logpointId, id);
  const after: LogSource = {
    id,
    name: edit.name ?? before.name,
    description: edit.description ?? before.description,
    hosts: edit.hosts ?? before.hosts,
  };
  checkSpec(after);
  const other = await tx.get('select id from log_sources where logpoint_id = ? and name_key = ? and id <> ?', [
    logpointId,
    nameKey(after.name),
    id,
  ]);
  if (other !== undefined) throw taken(after.name);
  await tx.run(
    `update log_sources set name = ?, name_key = ?, description = ?, hosts_json = ?, updated_at_ms = ? where id = ?`,
    [after.name, nameKey(after.name), after.description, JSON.stringify(after.hosts), tx.nowMs, id],
  );
  await audit(tx, logpointId, 'log source edited', before, after, by);
  return after;
}

/** Rules and incidents keep the name. @throws AppError `LOG_SOURCE_UNKNOWN` */
export async function trashLogSource(tx: Tx, logpointId: LogpointId, id: ObjectId, by: Author): Promise<LogSource> {
  const source = await existing(tx, logpointId, id);
  await tx.run('delete from log_sources where id = ?', [id]);
  await audit(tx, logpointId, 'log source trashed', source, null, by);
  return source;
}

export const logSourceRow = (source: LogSource): JsonObject => ({
  id: source.id,
  name: source.name,
  description: source.description,
  hosts: source.hosts,
  tid: '',
});

async function existing(tx: ReadTx, logpointId: LogpointId, id: ObjectId): Promise<LogSource> {
  const source = await getLogSource(tx, logpointId, id);
  if (source === null) throw refuse('LOG_SOURCE_UNKNOWN', 'Log source not found');
  return source;
}

/** An address, a network with a prefix that fits it, or a name; `*` stands for any characters of a label. */
function isHost(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const version = ipVersion(address);
  if (prefix !== undefined) {
    const bits = version === 4 ? 32 : 128;
    return more.length === 0 && version !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
  }
  const labels = text.split('.');
  const isName = text.length <= HOST_CHARS_MAX && labels.every((label) => LABEL.test(label));
  // A name that ends in a number is an address that is none.
  return version !== 0 || (isName && !/^\d+$/.test(labels.at(-1) ?? ''));
}

function checkSpec({ name, description, hosts }: LogSourceSpec): void {
  const fields: Record<string, string[]> = {};
  if (name.trim() === '' || name !== name.trim() || name.length > NAME_CHARS_MAX || hasUnprintable(name)) {
    fields['name'] = [`1 to ${NAME_CHARS_MAX} printable characters without outer blanks were expected`];
  }
  if (description.length > DESCRIPTION_CHARS_MAX) {
    fields['description'] = [`at most ${DESCRIPTION_CHARS_MAX} characters were expected, got ${description.length}`];
  }
  const wrong = hosts.find((host) => !isHost(host));
  if (hosts.length > LOG_SOURCE_HOSTS_MAX) {
    fields['hosts'] = [`at most ${LOG_SOURCE_HOSTS_MAX} hosts were expected, got ${hosts.length}`];
  } else if (wrong !== undefined) {
    fields['hosts'] = [`an address, network or host name was expected, got ${JSON.stringify(wrong.slice(0, 60))}`];
  }
  const [first] = Object.entries(fields);
  if (first !== undefined) throw refuse('LOG_SOURCE_INVALID', `${first[0]}: ${first[1][0]}`, fields);
}

function taken(name: string): AppError {
  const message = `Log source ${name} already exists`;
  return refuse('LOG_SOURCE_EXISTS', message, { name: [message] });
}

async function audit(
  tx: Tx,
  logpointId: LogpointId,
  action: string,
  before: LogSource | null,
  after: LogSource | null,
  by: Author,
): Promise<void> {
  const source = after ?? before;
  if (source === null) return;
  await appendAudit(tx, {
    ...by,
    logpointId,
    action,
    objectType: 'log source',
    objectId: source.id,
    before: before === null ? null : logSourceRow(before),
    after: after === null ? null : logSourceRow(after),
  });
}
