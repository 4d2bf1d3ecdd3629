import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { RISKS, type Risk } from '../rules/alert-rule.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';

/** Longest time of a clock: a year. */
export const SLA_MINUTES_MAX = 525_600;

/** Minutes from the detection; null = no clock. */
export type RiskSla = { readonly acknowledgeMinutes: number | null; readonly resolveMinutes: number | null };
export type SlaPolicy = Readonly<Record<Risk, RiskSla>>;

const NONE: RiskSla = { acknowledgeMinutes: null, resolveMinutes: null };
/** What a logpoint has until it sets a policy: no clocks. */
export const NO_SLA: SlaPolicy = { low: NONE, medium: NONE, high: NONE, critical: NONE };

export async function loadSlaPolicy(tx: ReadTx, logpointId: LogpointId): Promise<SlaPolicy> {
  const rows = await tx.all<{ risk: number; acknowledge_minutes: number | null; resolve_minutes: number | null }>(
    'select risk, acknowledge_minutes, resolve_minutes from sla_policies where logpoint_id = ?',
    [logpointId],
  );
  if (rows.length === 0) return NO_SLA;
  const policy: Record<Risk, RiskSla> = { ...NO_SLA };
  for (const row of rows) {
    const risk = RISKS[row.risk];
    if (risk === undefined) continue;
    policy[risk] = { acknowledgeMinutes: row.acknowledge_minutes, resolveMinutes: row.resolve_minutes };
  }
  return policy;
}

export const slaPolicyRow = (policy: SlaPolicy): JsonObject =>
  Object.fromEntries(
    RISKS.map((risk) => [risk, { acknowledge: policy[risk].acknowledgeMinutes, resolve: policy[risk].resolveMinutes }]),
  );

/**
 * Sets the clocks of the named risks, for incidents that are raised or reopened from now on.
 *
 * @throws AppError `SLA_POLICY_INVALID`
 */
export async function saveSlaPolicy(
  tx: Tx,
  logpointId: LogpointId,
  changes: Partial<SlaPolicy>,
  by: Author,
): Promise<SlaPolicy> {
  const before = await loadSlaPolicy(tx, logpointId);
  const policy: SlaPolicy = { ...before, ...changes };
  for (const risk of RISKS) {
    const { acknowledgeMinutes, resolveMinutes } = policy[risk];
    check(`${risk}.acknowledge`, acknowledgeMinutes);
    check(`${risk}.resolve`, resolveMinutes);
    await tx.run(
      `insert into sla_policies (logpoint_id, risk, acknowledge_minutes, resolve_minutes) values (?, ?, ?, ?)
       on conflict (logpoint_id, risk) do update
         set acknowledge_minutes = excluded.acknowledge_minutes, resolve_minutes = excluded.resolve_minutes`,
      [logpointId, RISKS.indexOf(risk), acknowledgeMinutes, resolveMinutes],
    );
  }
  await appendAudit(tx, {
    ...by,
    logpointId,
    action: 'sla policy edited',
    objectType: 'sla policy',
    objectId: logpointId,
    before: slaPolicyRow(before),
    after: slaPolicyRow(policy),
  });
  return policy;
}

function check(field: string, minutes: number | null): void {
  if (minutes === null || (Number.isInteger(minutes) && minutes >= 1 && minutes <= SLA_MINUTES_MAX)) return;
  const text = `${field} is ${minutes}, expected whole minutes from 1 to ${SLA_MINUTES_MAX}, or null`;
  throw refuse('SLA_POLICY_INVALID', text, { [field]: [text] });
}
