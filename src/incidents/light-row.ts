import type { ReadTx } from '../control/control-store.ts';
import { ENTITY_KINDS, type Entity } from '../events/entity.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { type Incident, numberText, type SlaState } from './incident.ts';

/** Entities that a row of a list shows. */
const ENTITIES_SHOWN_MAX = 10;
const IDS_PER_STATEMENT = 500;

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** The clock that runs out next, or the one that has; null when the incident has none. Times are epoch seconds. */
export function slaRow({ acknowledgeDueMs, resolveDueMs, ...sla }: SlaState): JsonObject | null {
  if (acknowledgeDueMs === null && resolveDueMs === null) return null;
  const isAcknowledgeOpen = acknowledgeDueMs !== null && sla.acknowledgedAtMs === null;
  const dueMs = isAcknowledgeOpen ? acknowledgeDueMs : (resolveDueMs ?? acknowledgeDueMs);
  return {
    due_at: dueMs === null ? null : dueMs / 1000,
    breached: sla.breaches > 0,
    clock: isAcknowledgeOpen || resolveDueMs === null ? 'acknowledge' : 'resolve',
    acknowledge_due_at: acknowledgeDueMs === null ? null : acknowledgeDueMs / 1000,
    resolve_due_at: resolveDueMs === null ? null : resolveDueMs / 1000,
    acknowledged_at: sla.acknowledgedAtMs === null ? null : sla.acknowledgedAtMs / 1000,
    resolved_at: sla.resolvedAtMs === null ? null : sla.resolvedAtMs / 1000,
  };
}

/** Of a match of a Sigma rule its author and licence stand in every row; null for other rules. Source: Detection Rule License 1.1. */
function attribution(metadata: Incident['source']['metadata']): JsonObject {
  const isSigma = metadata[0]?.field === 'sigma_id';
  const first = (field: string): string | null =>
    (isSigma ? metadata.find((entry) => entry.field === field)?.value : undefined) ?? null;
  return { sigma_id: first('sigma_id'), author: first('author'), licence: first('licence') };
}

/** A row of the list: what a table shows, without comments, query or links. */
export function lightRow(incident: Incident, entities: readonly Entity[]): JsonObject {
  const { source, lastAction } = incident;
  return {
    id: incident.id,
    number: numberText(incident),
    name: source.name,
    status: incident.status,
    risk: source.risk,
    type: source.type,
    detection_timestamp: incident.detectedAtMs / 1000,
    updated_at: incident.updatedAtMs / 1000,
    assigned_to: incident.assignedTo,
    rule_id: source.ruleId,
    alertrule_id: source.alertRuleId,
    attack_id: source.attackIds,
    attack_tag: source.attackTags,
    log_source: source.logSource,
    ...attribution(source.metadata),
    hits: incident.hits,
    rows_count: incident.rowsCount,
    commentscount: incident.commentsCount,
    disposition: incident.disposition,
    sla: slaRow(incident.sla),
    merged_into: incident.mergedInto,
    entities: entities.slice(0, ENTITIES_SHOWN_MAX).map(({ kind, value }) => ({ kind, value })),
    lastaction:
      lastAction === null
        ? null
        : { action: lastAction.action, time: seconds(lastAction.atMs), title: lastAction.title },
  };
}

/** Entities by incident. */
export async function loadEntities(
  tx: ReadTx,
  ids: readonly ObjectId[],
): Promise<ReadonlyMap<ObjectId, readonly Entity[]>> {
  const found = new Map<ObjectId, Entity[]>();
  for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT) {
    const part = ids.slice(start, start + IDS_PER_STATEMENT);
    const rows = await tx.all<{ incident_id: string; kind: number; value: string }>(
      `select incident_id, kind, value from incident_entities
        where incident_id in (${part.map(() => '?').join(', ')}) order by incident_id, kind, value`,
      part,
    );
    for (const { incident_id: id, kind, value } of rows) {
      const name = ENTITY_KINDS[kind];
      if (name === undefined) continue;
      const list = found.get(id) ?? [];
      found.set(id, list);
      list.push({ kind: name, value });
    }
  }
  return found;
}
