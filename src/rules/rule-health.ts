import type { LogpointId, ObjectId } from '../shared/ids.ts';

/**
 * Why a rule does not do all that it is there for:
 * `overflow`: it raises more than `RULE_INCIDENTS_PER_MINUTE_MAX` incidents a minute, the rest are hits of one of them;
 * `failing`: its searches fail again and again; `gap`: windows of it were passed over; `refused`: it does not run at all;
 * `state`: what it has to remember is more than its budget.
 */
export const HEALTH_KINDS = ['overflow', 'failing', 'gap', 'refused', 'state'] as const;
export type HealthKind = (typeof HEALTH_KINDS)[number];

/** Raises an incident of the rule, or is one more hit of the unresolved one of its kind. */
export type HealthReport = {
  readonly logpointId: LogpointId;
  readonly ruleId: ObjectId;
  readonly kind: HealthKind;
  /** What happened, with the numbers. */
  readonly message: string;
};
