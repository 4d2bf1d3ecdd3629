import type { ReadTx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { DISPOSITIONS } from './incident.ts';

/**
 * Of the incidents that people gave a disposition, the part that is a false positive, by rule. Rules without any are left
 * out.
 */
export async function falsePositiveRatios(tx: ReadTx, logpointId: LogpointId): Promise<ReadonlyMap<ObjectId, number>> {
  const rows = await tx.all<{ rule_id: string; disposition: number; n: number }>(
    `select s.rule_id, i.disposition, count(*) as n
       from incidents i join incident_sources s on s.id = i.source_id
      where i.logpoint_id = ? and i.disposition is not null
      group by s.rule_id, i.disposition`,
    [logpointId],
  );
  const counts = new Map<ObjectId, { all: number; wrong: number }>();
  for (const { rule_id: ruleId, disposition, n } of rows) {
    const sum = counts.get(ruleId) ?? { all: 0, wrong: 0 };
    counts.set(ruleId, sum);
    sum.all += n;
    if (DISPOSITIONS[disposition] === 'false_positive') sum.wrong += n;
  }
  return new Map([...counts].map(([ruleId, { all, wrong }]) => [ruleId, Number((wrong / all).toFixed(4))]));
}
