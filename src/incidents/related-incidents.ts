import type { ReadTx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { FetchIncidentsInput } from './incident-filter.ts';
import { getIncident } from './incident-record.ts';
import { loadEntities } from './light-row.ts';
import { listIncidents } from './list-incidents.ts';

export const RELATIONS = ['rule', 'entity', 'technique'] as const;
export type Relation = (typeof RELATIONS)[number];

/** Related incidents of one answer, newest first. */
export const RELATED_MAX = 50;
/** Entities or techniques that are followed. */
const FOLLOWED_MAX = 10;

/** Light rows with `because`: what they have in common with the incident. Null for an unknown incident. */
export async function relatedIncidents(
  tx: ReadTx,
  logpointId: LogpointId,
  id: ObjectId,
  by: Relation,
): Promise<readonly JsonObject[] | null> {
  const incident = await getIncident(tx, logpointId, id);
  if (incident === null) return null;
  const { source } = incident;
  const entities = by === 'entity' ? ((await loadEntities(tx, [incident.id])).get(incident.id) ?? []) : [];
  const asks: { readonly because: string; readonly input: FetchIncidentsInput }[] =
    by === 'rule'
      ? source.ruleId === ''
        ? []
        : [{ because: source.name, input: { rule: [source.ruleId] } }]
      : by === 'technique'
        ? source.attackTags.map((tag) => ({ because: tag, input: { attack_tag: [tag] } }))
        : entities.map(({ kind, value }) => ({
            because: `${kind}:${value}`,
            input: { entity: [`${kind}:${value}`] },
          }));
  const found = new Map<string, { row: JsonObject; because: string[] }>();
  for (const { because, input } of asks.slice(0, FOLLOWED_MAX)) {
    const { rows } = await listIncidents(tx, { logpointId, input: { ...input, limit: RELATED_MAX + 1 } });
    for (const row of rows) {
      const key = String(row['id']);
      if (key === incident.id) continue;
      const known = found.get(key) ?? { row, because: [] };
      known.because.push(because);
      found.set(key, known);
    }
  }
  return [...found.values()]
    .sort((a, b) => Number(b.row['detection_timestamp']) - Number(a.row['detection_timestamp']))
    .slice(0, RELATED_MAX)
    .map(({ row, because }) => ({ ...row, because }));
}
