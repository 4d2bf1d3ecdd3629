import type { IncidentEvent } from './incident-events.ts';

export type FieldValueCount = { readonly value: string; readonly count: number };
export type FieldStatistic = {
  readonly field: string;
  /** Events that have the field. */
  readonly events: number;
  readonly distinct: number;
  /** Most frequent first, at most `topMax`. */
  readonly top: readonly FieldValueCount[];
};

/** Columns of every event, which say nothing about what happened. */
const isOfTheCollector = (name: string): boolean =>
  name.startsWith('_') || ['msg', 'log_ts', 'col_ts', 'index_ts', 'collected_at', 'logpoint_name'].includes(name);

/** Which values the fields of the events have; fields that most events have come first. */
export function fieldStatistics(events: readonly IncidentEvent[], topMax = 5): FieldStatistic[] {
  const byField = new Map<string, Map<string, number>>();
  for (const { fields } of events) {
    for (const [field, value] of Object.entries(fields)) {
      if (isOfTheCollector(field)) continue;
      const counts = byField.get(field) ?? new Map<string, number>();
      byField.set(field, counts);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...byField]
    .map(([field, counts]) => ({
      field,
      events: [...counts.values()].reduce((sum, count) => sum + count, 0),
      distinct: counts.size,
      top: [...counts]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
        .slice(0, topMax),
    }))
    .sort((a, b) => b.events - a.events || (a.field < b.field ? -1 : 1));
}
