import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { present } from '../shared/assert.ts';
import { BREACH, type Incident, numberText } from './incident.ts';
import { announce, type IncidentListener } from './incident-change.ts';
import { INCIDENT_COLUMNS, type IncidentRecord, incidentOf, loadSource } from './incident-record.ts';
import { nextClockMs } from './sla-state.ts';

/** Incidents whose clocks one transaction looks at. */
export const BREACHES_PER_COMMAND = 100;
/** Audit actor of what the clocks do by themselves. */
export const SLA_ACTOR = 'sla';

/** When the next clock of all logpoints runs out, Unix ms; null when none runs. */
export async function nextBreachMs(tx: ReadTx): Promise<number | null> {
  const row = await tx.get<{ at: number }>(
    'select sla_at as at from incidents where sla_at is not null order by sla_at limit 1',
  );
  return row?.at ?? null;
}

/**
 * Tells of the clocks that have run out, each once: what is told and that it was told are one transaction. Answers how many
 * incidents it looked at; as many as `BREACHES_PER_COMMAND` means that there may be more.
 */
export async function breachClocks(tx: Tx, listeners: readonly IncidentListener[]): Promise<number> {
  const records = await tx.all<IncidentRecord>(
    `select ${INCIDENT_COLUMNS} from incidents where sla_at is not null and sla_at <= ? order by sla_at limit ?`,
    [tx.nowMs, BREACHES_PER_COMMAND],
  );
  for (const record of records) await breach(tx, incidentOf(record, await loadSource(tx, record.source_id)), listeners);
  return records.length;
}

async function breach(tx: Tx, incident: Incident, listeners: readonly IncidentListener[]): Promise<void> {
  const { sla } = incident;
  const ranOut: (keyof typeof BREACH)[] = [];
  const isOver = (dueMs: number | null): boolean => dueMs !== null && dueMs <= tx.nowMs;
  if (sla.acknowledgedAtMs === null && (sla.breaches & BREACH.acknowledge) === 0 && isOver(sla.acknowledgeDueMs)) {
    ranOut.push('acknowledge');
  }
  if (sla.resolvedAtMs === null && (sla.breaches & BREACH.resolve) === 0 && isOver(sla.resolveDueMs)) {
    ranOut.push('resolve');
  }
  const breaches = ranOut.reduce((bits, clock) => bits | BREACH[clock], sla.breaches);
  const after: Incident = { ...incident, sla: { ...sla, breaches }, updatedAtMs: tx.nowMs };
  await tx.run('update incidents set breaches = ?, sla_at = ?, updated_at = ? where id = ?', [
    breaches,
    nextClockMs(after),
    tx.nowMs,
    incident.id,
  ]);
  for (const clock of ranOut) {
    await appendAudit(tx, {
      logpointId: incident.logpointId,
      actor: SLA_ACTOR,
      action: 'incident sla_breached',
      objectType: 'incident',
      objectId: incident.id,
      after: {
        clock,
        number: numberText(incident),
        due_at: present(clock === 'resolve' ? sla.resolveDueMs : sla.acknowledgeDueMs, 'clock that ran out') / 1000,
      },
    });
  }
  if (ranOut.length === 0) return;
  const comment = `SLA: not ${ranOut.map((clock) => (clock === 'resolve' ? 'resolved' : 'acknowledged')).join(', not ')} in time`;
  const { status: previousStatus } = incident;
  const told = {
    kind: 'sla_breached',
    incident: after,
    previousStatus,
    userId: null,
    comment,
    atMs: tx.nowMs,
  } as const;
  await announce(tx, told, listeners);
}
