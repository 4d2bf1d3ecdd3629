import type { Entity } from '../events/entity.ts';
import type { Hex32, LogpointId, ObjectId } from '../shared/ids.ts';
import type { OwnRows } from './own-rows.ts';

/** A rule's condition held: what becomes an incident, or one more hit of an incident that is still unresolved. */
export type Firing = {
  readonly logpointId: LogpointId;
  readonly ruleId: ObjectId;
  readonly ruleVersion: number;
  /** Same for the same firing however often it is computed; the incident store keeps it unique. */
  readonly firingKey: Hex32;
  readonly detectedAtMs: number;
  /** The rule's range that held, `[fromMs, toMs)`, whole seconds, exactly as long as the rule's range. */
  readonly windowFromMs: number;
  readonly windowToMs: number;
  /** Result rows that the condition counted. */
  readonly rowsCount: number;
  /** Events (stream) or windows (schedule) behind this firing; adds to the incident's hits when it extends one. */
  readonly hits: number;
  /** What tells episodes of one rule apart: the throttling value, the chart groups, or ''. */
  readonly groupKey: string;
  /** What its events name, as far as they came with it. */
  readonly entities?: readonly Entity[] | undefined;
  /** The rows of the window that it is about; all of them when left out. */
  readonly ownRows?: OwnRows | undefined;
};
