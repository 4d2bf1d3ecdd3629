import type { Tx } from '../control/control-store.ts';
import { ENTITY_KINDS, type Entity } from '../events/entity.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';

/** Entities that one incident keeps; those of later firings beyond it are left out. */
export const INCIDENT_ENTITIES_MAX = 100;

/** Adds what a firing's events name to the incident; what it has already stays once. */
export async function saveEntities(
  tx: Tx,
  incident: { readonly id: ObjectId; readonly logpointId: LogpointId; readonly detectedAtMs: number },
  entities: readonly Entity[] | undefined,
): Promise<void> {
  if (entities === undefined || entities.length === 0) return;
  const kept = await tx.get<{ n: number }>('select count(*) as n from incident_entities where incident_id = ?', [
    incident.id,
  ]);
  const room = Math.max(0, INCIDENT_ENTITIES_MAX - (kept?.n ?? 0));
  for (const { kind, value } of entities.slice(0, room)) {
    await tx.run(
      `insert into incident_entities (scope_id, value, at_ms, incident_id, kind) values (?, ?, ?, ?, ?)
       on conflict (scope_id, value, at_ms, incident_id, kind) do nothing`,
      [incident.logpointId, value, incident.detectedAtMs, incident.id, ENTITY_KINDS.indexOf(kind)],
    );
  }
}
