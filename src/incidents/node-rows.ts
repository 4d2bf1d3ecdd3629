import type { JsonObject } from '../shared/json.ts';
import type { Incident } from './incident.ts';
import type { CommentRow, RowContext, SourceParts } from './incident-row.ts';

const seconds = (ms: number): number => Math.floor(ms / 1000);

const commentRows = (comments: readonly CommentRow[]): JsonObject[] =>
  comments.map(({ title, comment, atMs }) => ({ title, comment, time: seconds(atMs) }));

/**
 * An incident of `/incidents`. Source: contract/incident-api.md, A.2; `risk` is ours, `lastaction` is there after an
 * action only, `disposition` (ours) once it was given.
 */
export function nodeIncidentRow(
  incident: Incident,
  comments: readonly CommentRow[],
  context: RowContext,
  parts: SourceParts,
): JsonObject {
  const { source, lastAction } = incident;
  return {
    id: incident.id,
    incident_id: source.incidentId,
    alert_obj_id: source.ruleId,
    alertrule_id: source.alertRuleId,
    type: source.type,
    name: source.name,
    description: source.description,
    username: source.ownerId,
    user_id: null,
    assigned_to: incident.assignedTo,
    visible_to: source.manageableBy,
    tid: '',
    rows_count: incident.rowsCount,
    risk_level: source.risk,
    risk: source.risk,
    detection_timestamp: incident.detectedAtMs / 1000,
    loginspect_ip_dns: context.logpointIp,
    logpoint_name: context.logpointName,
    status: incident.status,
    comments: commentRows(comments),
    commentscount: incident.commentsCount,
    query: source.query,
    repos: parts.repos,
    time_range: [seconds(incident.windowFromMs), seconds(incident.windowToMs)],
    throttle_enabled: source.throttleEnabled,
    attack_id: source.attackIds,
    attack_tag: source.attackTags,
    attack_category: source.attackCategories,
    log_source: source.logSource,
    metadata: source.metadata,
    ...(incident.disposition === null ? {} : { disposition: incident.disposition }),
    ...(lastAction === null
      ? {}
      : { lastaction: { action: lastAction.action, time: seconds(lastAction.atMs), title: lastAction.title } }),
  };
}

/** A state of `/incident_states`. Source: the same. */
export const nodeStateRow = (incident: Incident, comments: readonly CommentRow[]): JsonObject => ({
  id: incident.id,
  name: incident.source.name,
  assigned_to: incident.assignedTo,
  status: incident.status,
  comments: commentRows(comments),
});
