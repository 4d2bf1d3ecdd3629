import type { Tx } from '../control/control-store.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import type { PlayedIncident } from '../rules/backtest/scratch.ts';
import { digestHex, newObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import type { IncidentListener } from './incident-change.ts';
import { saveSource, sourceOf } from './incident-source.ts';
import { insertIncident } from './raise-incident.ts';

/**
 * Incidents that a rule would have raised over a past range, marked `backfilled`. One that an earlier backfill of the same
 * version of the rule raised is not raised twice. Listeners are those that are to be told: none, unless notifications are asked for.
 */
export async function backfillIncidents(
  tx: Tx,
  rule: AlertRule,
  played: readonly PlayedIncident[],
  by: Omit<Author, 'onBehalfOf'>,
  listeners: readonly IncidentListener[],
): Promise<{ readonly raised: number; readonly repeated: number }> {
  let raised = 0;
  const own = sourceOf(rule);
  const source = { ...own, metadata: [...own.metadata, { field: 'backfilled', value: 'true' }] };
  for (const { firing, hits } of played) {
    // The same each time that the firing is played; another than it had live.
    const firingKey = digestHex(['backfill', firing.firingKey], 32);
    const known = await tx.get('select id from incidents where logpoint_id = ? and firing_key = ?', [
      rule.logpointId,
      firingKey,
    ]);
    if (known !== undefined) continue;
    raised += 1;
    const moment = { ...firing, firingKey, hits, detectedAtMs: tx.nowMs };
    await insertIncident(
      tx,
      {
        id: newObjectId(tx.nowMs),
        sourceId: await saveSource(tx, source),
        source,
        assignedTo: rule.assignedTo ?? rule.ownerId,
        moment,
        by,
      },
      listeners,
    );
  }
  return { raised, repeated: played.length - raised };
}
