import { groupValues } from '../correlation/match-fields.ts';
import type { RowContext } from '../events/event-row.ts';
import { fieldAliases } from '../events/taxonomy.ts';
import type { QueryDefinitions } from '../query/definitions.ts';
import { fold } from '../query/fold.ts';
import { allOf, anyOf } from '../query/join-conditions.ts';
import type { Condition, FieldRef, Plan } from '../query/plan.ts';
import type { StatefulPart } from '../rules/stateful/stateful-rule.ts';
import type { Incident } from './incident.ts';
import { planText } from './run-query.ts';

/**
 * Of a rule over several events, only those of the incident's group are shown: what else it looked at made others. So it is
 * with a rule whose every event raises by itself, throttled: those with the incident's value.
 */
export function participantsOf(
  plan: Plan,
  { source, groupKey }: Pick<Incident, 'source' | 'groupKey'>,
  context: RowContext,
  definitions: QueryDefinitions,
): Plan {
  const { parts = [], throttlingField } = source;
  // A long name is kept as its digest, which does not say what it was.
  if (groupKey.startsWith('sha256:')) return plan;
  const [part] = parts;
  if (part === undefined) {
    if (throttlingField === undefined || groupKey === '') return plan;
    const same = hasValue([throttlingField, ...fieldAliases(throttlingField)], groupKey);
    return { ...plan, filter: allOf([plan.filter, same]) };
  }
  const filterOf = ({ query, up = [], fields: nearest }: StatefulPart, prefix: string): Condition => {
    // In a chain the group is that of the outermost correlation.
    const fields = up.at(-1) ?? nearest;
    const values = groupValues(groupKey, fields.keys.length);
    const same = fields.keys.map((names, i) =>
      hasValue(
        names.map((name) => `${prefix}${name}`),
        values[i] ?? '',
      ),
    );
    // What a joined row must be is said by its streams.
    const own = prefix === '' ? [planText(query, context, definitions).filter] : [];
    return allOf([...own, ...same]);
  };
  const { streams } = plan;
  const ofGroup: Condition =
    streams === null ? anyOf(parts.map((one) => filterOf(one, ''))) : filterOf(part, `${streams.streams[0].name}.`);
  return { ...plan, filter: allOf([plan.filter, ofGroup]) };
}

function hasValue([first = '', ...others]: readonly string[], value: string): Condition {
  const ref: FieldRef = { kind: 'field', names: [first, ...others], isSet: false };
  return { kind: 'matches', ref, values: { exact: [fold(value)], numbers: [], patterns: [] } };
}
