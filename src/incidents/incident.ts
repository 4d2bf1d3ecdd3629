import type { MetadataEntry, Risk } from '../rules/alert-rule.ts';
import type { StatefulPart } from '../rules/stateful/stateful-rule.ts';
import type { Hex32, LogpointId, ObjectId } from '../shared/ids.ts';

// Lists first, types from the lists. Places in these lists are what the store keeps: append, never reorder.
export const INCIDENT_STATUSES = ['unresolved', 'resolved', 'closed'] as const;
export type IncidentStatus = (typeof INCIDENT_STATUSES)[number];

export const INCIDENT_TYPES = ['Alert', 'Search', 'UEBA'] as const;
export type IncidentType = (typeof INCIDENT_TYPES)[number];

/** What was done last, as `lastaction` and automatic comments show it. */
export const LAST_ACTIONS = [
  'Resolved',
  'Closed',
  'Reopened',
  'Reassigned',
  'Commented',
  'Sent for investigation',
  'Disposition set',
  'Merged',
  'Unmerged',
  'Undone',
] as const;
export type LastAction = (typeof LAST_ACTIONS)[number];

/** What an incident turned out to be. */
export const DISPOSITIONS = ['true_positive', 'false_positive', 'benign'] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/** Bits of `breaches`: which of an incident's clocks ran out. */
export const BREACH = { acknowledge: 1, resolve: 2 } as const;

/** The clocks of an incident, Unix ms; null = no clock, or not yet. */
export type SlaState = {
  readonly acknowledgeDueMs: number | null;
  readonly resolveDueMs: number | null;
  readonly acknowledgedAtMs: number | null;
  readonly resolvedAtMs: number | null;
  /** Bits of `BREACH`. */
  readonly breaches: number;
};

/**
 * What an incident takes over from the rule that raised it, as the rule was at that moment. Kept once for all firings
 * of one rule version and owner: an incident points to it.
 */
export type IncidentSource = {
  readonly logpointId: LogpointId;
  readonly type: IncidentType;
  /** The rule's object id; shown as `alert_obj_id`. */
  readonly ruleId: ObjectId;
  readonly ruleVersion: number;
  /** Shown as `alertrule_id`. */
  readonly alertRuleId: Hex32;
  /** Constant for one rule and owner; shown as `incident_id`. */
  readonly incidentId: Hex32;
  /** The rule's owner; shown as `username` and `user_id`. */
  readonly ownerId: ObjectId;
  readonly name: string;
  readonly description: string;
  readonly risk: Risk;
  readonly query: string;
  /** Of a rule over several events: its searches, and the fields that tell its groups apart. */
  readonly parts?: readonly StatefulPart[];
  /** Names; shown as addresses, `ip:5504/name`. */
  readonly repos: readonly string[];
  /** Result rows that a simple query may give; the rule's `limit`. */
  readonly limit: number;
  readonly throttleEnabled: boolean;
  /** Of a rule whose every event raises by itself: the field whose value `groupKey` then is. */
  readonly throttlingField?: string;
  readonly attackIds: readonly string[];
  readonly attackTags: readonly string[];
  readonly attackCategories: readonly string[];
  readonly logSource: readonly string[];
  readonly metadata: readonly MetadataEntry[];
  /** Ids of incident user groups. */
  readonly manageableBy: readonly ObjectId[];
};

export type Incident = {
  /** New for every firing. */
  readonly id: ObjectId;
  readonly logpointId: LogpointId;
  /** Counts from 1 in each logpoint; shown as `INC-<number>`. */
  readonly number: number;
  readonly source: IncidentSource;
  readonly status: IncidentStatus;
  /** Who works on it: a user id. */
  readonly assignedTo: ObjectId;
  readonly detectedAtMs: number;
  /** The rule's range that held, `[fromMs, toMs)`; shown as `time_range` in whole seconds. */
  readonly windowFromMs: number;
  readonly windowToMs: number;
  /** The windows of all its firings together, `[fromMs, toMs)`: its own and those that extended it. */
  readonly eventsFromMs: number;
  readonly eventsToMs: number;
  /** The groups of the rule's events, the throttling value of a single event, or ''. */
  readonly groupKey: string;
  /** Result rows that the condition counted when it was raised. */
  readonly rowsCount: number;
  /** Firings' hits since it was raised, its own included. */
  readonly hits: number;
  readonly lastHitAtMs: number;
  readonly updatedAtMs: number;
  readonly commentsCount: number;
  readonly lastAction: { readonly action: LastAction; readonly atMs: number; readonly title: string } | null;
  /** Changes that people made, counted. */
  readonly changeNo: number;
  readonly disposition: Disposition | null;
  readonly dispositionReason: string | null;
  /** The incident that this one was merged into. */
  readonly mergedInto: ObjectId | null;
  readonly sla: SlaState;
};

const NUMBER = /^INC-(\d{1,15})$/i;

/** The number of `INC-<number>`, or null when the text is none. */
export function numberOf(text: string): number | null {
  const digits = NUMBER.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}

export const numberText = (incident: { readonly number: number }): string => `INC-${incident.number}`;
