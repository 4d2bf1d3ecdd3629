import type { Tx } from '../control/control-store.ts';
import { type AlertRule, type MetadataEntry, RISKS } from '../rules/alert-rule.ts';
import { streamThreshold } from '../rules/condition.ts';
import { attributedMetadata } from '../rules/sigma-attribution.ts';
import { canonicalJson } from '../shared/canonical-json.ts';
import { digestHex, type Hex32, type ObjectId } from '../shared/ids.ts';
import { INCIDENT_TYPES, type IncidentSource } from './incident.ts';

/** Kinds of labels that filters ask for. Places are what the store keeps: append, never reorder. */
export const LABEL_KINDS = ['attack_tag', 'attack_category', 'log_source', 'metadata'] as const;
export type LabelKind = (typeof LABEL_KINDS)[number];

export const labelKindNumber = (kind: LabelKind): number => LABEL_KINDS.indexOf(kind);

/** Metadata as one label; the blank-free separator cannot make two entries alike because the field is length-prefixed. */
export const metadataLabel = (entry: MetadataEntry): string => `${entry.field.length}:${entry.field}=${entry.value}`;

/** `incident_id`: constant for one rule and owner, whoever uses the rule being the owner of what it raises for him. */
export const seriesId = (ownerId: ObjectId, ruleId: ObjectId): Hex32 => digestHex([ownerId, ruleId], 32);

const distinct = (values: readonly string[]): string[] => [...new Set(values)];

/** What the rule gives to an incident that it raises now. */
export function sourceOf(rule: AlertRule): IncidentSource {
  return {
    logpointId: rule.logpointId,
    type: 'Alert',
    ruleId: rule.id,
    ruleVersion: rule.version,
    alertRuleId: rule.alertruleId,
    incidentId: seriesId(rule.ownerId, rule.usedFrom ?? rule.id),
    ownerId: rule.ownerId,
    name: rule.name,
    description: rule.description,
    risk: rule.risk,
    query: rule.query,
    ...(rule.stateful === undefined ? {} : { parts: rule.stateful.parts }),
    repos: rule.repos,
    limit: rule.limit,
    throttleEnabled: rule.throttling !== null,
    ...(rule.throttling !== null && isOfSingleEvents(rule) ? { throttlingField: rule.throttling.field } : {}),
    attackIds: distinct(rule.attack.map((ref) => ref.attackId)),
    attackTags: distinct(rule.attack.map((ref) => ref.attackTag)),
    attackCategories: distinct(rule.attack.map((ref) => ref.attackCategory)),
    logSource: rule.logSource,
    metadata: attributedMetadata(rule),
    manageableBy: rule.manageableBy,
  };
}

const isOfSingleEvents = ({ mode, stateful, conditionOption, conditionValue }: AlertRule): boolean =>
  mode === 'stream' && stateful === undefined && streamThreshold(conditionOption, conditionValue) === 1;

function labelsOf(source: IncidentSource): { kind: LabelKind; value: string }[] {
  const of = (kind: LabelKind, values: readonly string[]) => distinct(values).map((value) => ({ kind, value }));
  return [
    ...of('attack_tag', source.attackTags),
    ...of('attack_category', source.attackCategories),
    ...of('log_source', source.logSource),
    ...of('metadata', source.metadata.map(metadataLabel)),
  ];
}

/** Keeps the source once, with its labels, under the digest of its content. Answers that digest. */
export async function saveSource(tx: Tx, source: IncidentSource): Promise<Hex32> {
  const text = canonicalJson(source);
  const id = digestHex([text], 32);
  const saved = await tx.run(
    `insert into incident_sources
       (id, logpoint_id, type, risk, rule_id, alertrule_id, incident_id, name, manageable_by, owner_id, source_json)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`,
    [
      id,
      source.logpointId,
      INCIDENT_TYPES.indexOf(source.type),
      RISKS.indexOf(source.risk),
      source.ruleId,
      source.alertRuleId,
      source.incidentId,
      source.name,
      canonicalJson(source.manageableBy),
      source.ownerId,
      text,
    ],
  );
  if (saved.changes === 0) return id;
  for (const { kind, value } of labelsOf(source)) {
    await tx.run('insert into incident_labels (logpoint_id, kind, value, source_id) values (?, ?, ?, ?)', [
      source.logpointId,
      labelKindNumber(kind),
      value,
      id,
    ]);
  }
  return id;
}
