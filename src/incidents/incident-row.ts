import type { JsonObject } from '../shared/json.ts';
import { repoAddress } from '../tenancy/logpoint.ts';
import { type Incident, type IncidentSource, numberText } from './incident.ts';
import { searchLinkBase, searchLinkRange } from './search-link.ts';

export type CommentRow = { readonly title: string; readonly comment: string; readonly atMs: number };

/** The node that shows a row. */
export type RowContext = {
  readonly logpointName: string;
  readonly logpointIp: string;
  /** Host of `search_link`. */
  readonly linkHost: string;
};

/** What all rows of one source share; made once a page. */
export type SourceParts = {
  readonly repos: readonly string[];
  readonly linkBase: string;
};

export function sourceParts(source: IncidentSource, context: RowContext): SourceParts {
  const repos = source.repos.map((name) => repoAddress(context.logpointIp, name));
  return { repos, linkBase: searchLinkBase(context.linkHost, source.query, repos) };
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

/**
 * The row of FetchIncidents. Keys and their order are the vendor's; `number`, `hits`, `rows_count`, `updated_at` and
 * `lastaction` are ours and come last. `notifications` is empty in every known answer of the vendor.
 */
export function incidentRow(
  incident: Incident,
  comments: readonly CommentRow[],
  context: RowContext,
  parts: SourceParts,
): JsonObject {
  const { source, lastAction } = incident;
  return {
    type: source.type,
    alert_obj_id: source.ruleId,
    alertrule_id: source.alertRuleId,
    incident_id: source.incidentId,
    name: source.name,
    description: source.description,
    username: source.ownerId,
    user_id: source.ownerId,
    assigned_to: incident.assignedTo,
    detection_timestamp: incident.detectedAtMs / 1000,
    loginspect_ip_dns: context.logpointIp,
    logpoint_name: context.logpointName,
    status: incident.status,
    comments: comments.map(({ title, comment, atMs }) => ({ title, comment, time: seconds(atMs) })),
    commentscount: incident.commentsCount,
    query: source.query,
    repos: parts.repos,
    time_range: [seconds(incident.windowFromMs), seconds(incident.windowToMs)],
    throttle_enabled: source.throttleEnabled,
    attack_id: source.attackIds,
    attack_tag: source.attackTags,
    attack_category: source.attackCategories,
    metadata: source.metadata,
    log_source: source.logSource,
    notifications: [],
    manageable_by: source.manageableBy,
    risk: source.risk,
    id: incident.id,
    search_link: parts.linkBase + searchLinkRange(incident.windowFromMs, incident.windowToMs),
    number: numberText(incident),
    hits: incident.hits,
    rows_count: incident.rowsCount,
    updated_at: incident.updatedAtMs / 1000,
    ...(lastAction === null
      ? {}
      : { lastaction: { action: lastAction.action, time: seconds(lastAction.atMs), title: lastAction.title } }),
  };
}
