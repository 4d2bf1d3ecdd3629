import type { ReadTx, Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';

const DAY_MS = 86_400_000;
/** Days that are remembered, the present one among them. */
export const RULE_DAYS_MAX = 90;

/** Adds to what the rule did today (UTC); days that are too old go when a new one begins. */
export async function countOnDay(
  tx: Tx,
  ruleId: ObjectId,
  { hits, raised }: { readonly hits: number; readonly raised: number },
): Promise<void> {
  if (hits === 0 && raised === 0) return;
  const day = Math.floor(tx.nowMs / DAY_MS);
  const { changes } = await tx.run(
    'update rule_days set hits = hits + ?, raised = raised + ? where rule_id = ? and day = ?',
    [hits, raised, ruleId, day],
  );
  if (changes > 0) return;
  await tx.run('insert into rule_days (rule_id, day, hits, raised) values (?, ?, ?, ?)', [ruleId, day, hits, raised]);
  await tx.run('delete from rule_days where rule_id = ? and day <= ?', [ruleId, day - RULE_DAYS_MAX]);
}

export type ActivityRequest = { readonly logpointId: LogpointId; readonly days: number };

/**
 * What the logpoint's rules did on each of the last `days` days, the present one last: `days` are their beginnings in
 * epoch seconds, `rows` the rules that did something, with a number for each day.
 */
export async function ruleActivity(tx: ReadTx, { logpointId, days }: ActivityRequest): Promise<JsonObject> {
  const first = Math.floor(tx.nowMs / DAY_MS) - days + 1;
  const rows = await tx.all<{ rule_id: string; day: number; hits: number; raised: number }>(
    `select d.rule_id, d.day, d.hits, d.raised from alert_rules r join rule_days d on d.rule_id = r.id
      where r.logpoint_id = ? and d.day >= ? order by d.rule_id, d.day`,
    [logpointId, first],
  );
  const byRule = new Map<ObjectId, { readonly hits: number[]; readonly raised: number[] }>();
  for (const row of rows) {
    const none = (): number[] => Array.from({ length: days }, () => 0);
    const entry = byRule.get(row.rule_id) ?? { hits: none(), raised: none() };
    byRule.set(row.rule_id, entry);
    // A clock that went back may have left days after today.
    if (row.day >= first + days) continue;
    entry.hits[row.day - first] = row.hits;
    entry.raised[row.day - first] = row.raised;
  }
  return {
    days: Array.from({ length: days }, (_, place) => ((first + place) * DAY_MS) / 1000),
    rows: [...byRule].map(([id, counts]) => ({ id, ...counts })),
  };
}
