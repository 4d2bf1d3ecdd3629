import { queueOwnEvent } from '../audit/own-events.ts';
import type { Tx } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';

/** What the query of an incident about a dead channel finds in `_logpoint`. */
export const queueDownEvent = (
  tx: Tx,
  down: {
    readonly logpointId: LogpointId;
    readonly target: string;
    readonly reason: string;
    /** What does not arrive. */
    readonly what: string;
  },
): Promise<void> =>
  queueOwnEvent(tx, {
    logpointId: down.logpointId,
    repo: '_logpoint',
    eventAtMs: tx.nowMs,
    fields: {
      msg: `tocsin ${down.what} do not arrive at ${down.target}: ${down.reason}`,
      norm_id: 'LogPoint',
      label: 'Tocsin',
      action: 'down',
      object: 'notification',
      target: down.target,
      reason: down.reason,
    },
  });
