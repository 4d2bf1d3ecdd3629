import type { Tx } from '../control/control-store.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { Firing } from './firing.ts';
import type { HealthReport } from './rule-health.ts';

/** Where firings go: the incidents. Called inside the transaction that moves the cursor or the window of the rule. */
export type FiringSink = {
  /** Raises an incident and answers its id. */
  raise(tx: Tx, firing: Firing): Promise<ObjectId>;
  /** Adds the firing to an incident; false, with nothing done, when that incident is no longer unresolved. */
  extend(tx: Tx, incidentId: ObjectId, firing: Firing): Promise<boolean>;
  /** Tells of a rule that does not do all that it is there for. */
  health?(tx: Tx, report: HealthReport): Promise<unknown>;
};
