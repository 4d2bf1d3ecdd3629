import { type Incident, numberText } from '../incidents/incident.ts';
import type { Hex32, LogpointId, ObjectId } from '../shared/ids.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import { attributionOf } from './attribution.ts';

/** Changes after the raising that a notification may tell of as well. */
export const CHANGE_CAUSES = ['resolved', 'closed', 'reopened', 'reassigned', 'commented', 'sla_breached'] as const;
export type ChangeCause = (typeof CHANGE_CAUSES)[number];

/** Why a delivery was enqueued. `test` = somebody tries the notification out. */
export const DELIVERY_CAUSES = ['raised', 'investigation', ...CHANGE_CAUSES, 'test'] as const;
export type DeliveryCause = (typeof DELIVERY_CAUSES)[number];

/**
 * The incident as it was when the change happened: what templates see. Kept in the outbox, so a retry hours later still
 * tells what happened then. Rows and the search link are not in it: they are made when a delivery is sent.
 */
export type MessageContent = {
  readonly logpointId: LogpointId;
  readonly incidentId: ObjectId;
  readonly ruleId: ObjectId;
  /** Shown as `incident_id`: constant for one rule and owner. */
  readonly seriesId: Hex32;
  /** `INC-<number>` */
  readonly number: string;
  readonly ownerId: ObjectId;
  readonly alertName: string;
  readonly description: string;
  readonly detectedAtMs: number;
  readonly risk: string;
  readonly status: string;
  readonly rowsCount: number;
  readonly hits: number;
  readonly query: string;
  /** Names. */
  readonly repos: readonly string[];
  /** Result rows of a plain search at most. */
  readonly limit: number;
  /** `[fromMs, toMs)` of the search behind the incident. */
  readonly windowFromMs: number;
  readonly windowToMs: number;
  readonly attackIds: readonly string[];
  readonly attackTags: readonly string[];
  readonly attackCategories: readonly string[];
  readonly logSources: readonly string[];
  readonly metadata: readonly { readonly field: string; readonly value: string }[];
  /** Absent for what a rule did. */
  readonly change?: ChangeDetails;
};

/** What a person did to the incident. */
export type ChangeDetails = {
  /** User name. */
  readonly by: string;
  /** User name of the assignee after the change; '' when the user is gone. */
  readonly assignee: string;
  readonly comment: string;
};

export function contentOf(incident: Incident, change?: ChangeDetails): MessageContent {
  const { source } = incident;
  return {
    logpointId: incident.logpointId,
    incidentId: incident.id,
    ruleId: source.ruleId,
    seriesId: source.incidentId,
    number: numberText(incident),
    ownerId: source.ownerId,
    alertName: source.name,
    description: source.description,
    detectedAtMs: incident.detectedAtMs,
    risk: source.risk,
    status: incident.status,
    rowsCount: incident.rowsCount,
    hits: incident.hits,
    query: source.query,
    repos: source.repos,
    limit: source.limit,
    windowFromMs: incident.windowFromMs,
    windowToMs: incident.windowToMs,
    attackIds: source.attackIds,
    attackTags: source.attackTags,
    attackCategories: source.attackCategories,
    logSources: source.logSource,
    metadata: source.metadata,
    ...(change === undefined ? {} : { change }),
  };
}

/** What is made at the time of sending. */
export type MessageExtras = {
  readonly logpointName: string;
  readonly timeZone: string;
  readonly rows: readonly JsonObject[];
  /** Why there are no rows although the template asks for them; '' when all is well. */
  readonly rowsError: string;
  /** Absolute; '' when there is none to show. */
  readonly searchLink: string;
};

/** Names that templates see. Metadata fields come under their own names and never hide a name of this list. */
export function templateVariables(content: MessageContent, cause: DeliveryCause, extras: MessageExtras): JsonObject {
  const variables: Record<string, Json> = Object.create(null);
  // The first of a name counts: what a rule says of its author comes before what is added to it.
  for (const { field, value } of content.metadata) variables[field] ??= value;
  const { text: attribution, references } = attributionOf(content);
  return Object.assign(variables, {
    alert_name: content.alertName,
    description: content.description,
    detection_timestamp: content.detectedAtMs / 1000,
    risk: content.risk,
    risk_level: content.risk,
    rows: extras.rows,
    rows_error: extras.rowsError,
    rows_count: content.rowsCount,
    attack_id: content.attackIds,
    attack_tag: content.attackTags,
    attack_category: content.attackCategories,
    log_source: content.logSources,
    metadata: content.metadata,
    attribution,
    references,
    extra_info: { query: content.query },
    search_link: extras.searchLink,
    id: content.incidentId,
    incident_id: content.seriesId,
    incident_number: content.number,
    status: content.status,
    hits: content.hits,
    logpoint_name: extras.logpointName,
    dispatch: cause,
    changed_by: content.change?.by ?? '',
    assigned_to: content.change?.assignee ?? '',
    comment: content.change?.comment ?? '',
  });
}
