import type { Tx } from '../control/control-store.ts';
import type { HealthReport } from '../rules/rule-health.ts';
import { getRule } from '../rules/rule-store.ts';
import { digestHex, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { IncidentListener } from './incident-change.ts';
import { saveSource, sourceOf } from './incident-source.ts';
import { extendIncident, insertIncident, RULES_ACTOR } from './raise-incident.ts';

const TITLES: Readonly<Record<HealthReport['kind'], string>> = {
  overflow: 'Rule raises too many incidents',
  failing: 'Rule cannot be evaluated',
  gap: 'Rule passed over windows',
  refused: 'Rule does not run',
  state: 'Rule remembers more than its budget',
};

/**
 * An incident about the rule itself, for who gets the rule's incidents; one more hit while an incident of the same rule
 * and kind is unresolved. Null when the rule is gone.
 */
export async function reportHealth(
  tx: Tx,
  report: HealthReport,
  listeners: readonly IncidentListener[],
): Promise<ObjectId | null> {
  const { logpointId, ruleId, kind, message } = report;
  const rule = await getRule(tx, logpointId, ruleId);
  if (rule === null) return null;
  const moment = {
    firingKey: digestHex(['health', ruleId, kind, String(tx.nowMs), message], 32),
    detectedAtMs: tx.nowMs,
    windowFromMs: tx.nowMs - rule.rangeMinutes * 60_000,
    windowToMs: tx.nowMs,
    rowsCount: 0,
    hits: 1,
    groupKey: `health ${kind}`,
  };
  const known = await tx.get<{ incident_id: string }>(
    'select incident_id from rule_health where rule_id = ? and kind = ?',
    [ruleId, kind],
  );
  const firing = { ...moment, logpointId, ruleId, ruleVersion: rule.version };
  if (known !== undefined && (await extendIncident(tx, known.incident_id, firing, listeners))) return known.incident_id;
  const source = {
    ...sourceOf(rule),
    name: `${TITLES[kind]}: ${rule.name}`,
    description: message,
    metadata: [{ field: 'rule_health', value: kind }],
    attackIds: [],
    attackTags: [],
    attackCategories: [],
  };
  const { id } = await insertIncident(
    tx,
    {
      id: newObjectId(tx.nowMs),
      sourceId: await saveSource(tx, source),
      source,
      assignedTo: rule.assignedTo ?? rule.ownerId,
      moment,
      by: { actor: RULES_ACTOR },
    },
    listeners,
  );
  await tx.run(
    `insert into rule_health (rule_id, kind, incident_id) values (?, ?, ?)
     on conflict (rule_id, kind) do update set incident_id = excluded.incident_id`,
    [ruleId, kind, id],
  );
  return id;
}
