import type { Tx } from '../control/control-store.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { Firing } from './firing.ts';
import type { FiringSink } from './firing-sink.ts';
import type { CounterTally } from './rule-stats.ts';

/** Incidents that one rule raises in one minute. Firings beyond are hits of the last of them, and an incident says so. */
export const RULE_INCIDENTS_PER_MINUTE_MAX = 100;
const MINUTE_MS = 60_000;

/** The sink for one rule's firings in one transaction, with the limit on it. */
export function limitedSink(sink: FiringSink, tally: CounterTally): FiringSink {
  return {
    ...sink,
    async raise(tx, firing) {
      const before = await raisedIn(tx, firing.ruleId);
      if (before.raised >= RULE_INCIDENTS_PER_MINUTE_MAX && before.incidentId !== null) {
        if (await sink.extend(tx, before.incidentId, firing)) {
          tally.add('raised', -1);
          tally.add('overflowed');
          await tellOnce(tx, sink, firing, before);
          return before.incidentId;
        }
      }
      const incidentId = await sink.raise(tx, firing);
      await tx.run(
        `insert into rule_raises (rule_id, minute, raised, incident_id, is_told) values (?, ?, 1, ?, 0)
         on conflict (rule_id) do update set
           raised = case when rule_raises.minute = excluded.minute then rule_raises.raised + 1 else 1 end,
           is_told = case when rule_raises.minute = excluded.minute then rule_raises.is_told else 0 end,
           minute = excluded.minute, incident_id = excluded.incident_id`,
        [firing.ruleId, minuteOf(tx), incidentId],
      );
      return incidentId;
    },
  };
}

type Raised = { readonly raised: number; readonly incidentId: ObjectId | null; readonly isTold: boolean };

const minuteOf = (tx: Tx): number => Math.floor(tx.nowMs / MINUTE_MS);

async function raisedIn(tx: Tx, ruleId: ObjectId): Promise<Raised> {
  const row = await tx.get<{ raised: number; incident_id: string; is_told: number }>(
    'select raised, incident_id, is_told from rule_raises where rule_id = ? and minute = ?',
    [ruleId, minuteOf(tx)],
  );
  if (row === undefined) return { raised: 0, incidentId: null, isTold: false };
  return { raised: row.raised, incidentId: row.incident_id, isTold: row.is_told === 1 };
}

async function tellOnce(tx: Tx, sink: FiringSink, { logpointId, ruleId }: Firing, { isTold }: Raised): Promise<void> {
  if (isTold) return;
  await tx.run('update rule_raises set is_told = 1 where rule_id = ?', [ruleId]);
  const limit = `${RULE_INCIDENTS_PER_MINUTE_MAX} incidents in one minute`;
  const message = `the rule raised more than ${limit}: further firings are hits of the last one`;
  await sink.health?.(tx, { logpointId, ruleId, kind: 'overflow', message });
}
