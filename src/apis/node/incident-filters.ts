import { FILTER_VALUES_MAX, filterOf, type IncidentFilter } from '../../incidents/incident-filter.ts';
import { invalid } from './request-fields.ts';

/** Parameters with a meaning of their own; any other is the name of a metadata field. Source: contract, A.2. */
const LISTS = ['status', 'type', 'risk', 'attack_category', 'attack_tag', 'log_source'] as const;
/** Never a metadata field: what belongs into the body is not looked for in a path, which logs and proxies see. */
const IGNORED = new Set(['username', 'secret_key', 'requestData', 'version', 'ts_from', 'ts_to']);
const PARAMETERS_MAX = 50;

export type QueryFilters = {
  readonly filter: IncidentFilter;
  readonly names: readonly string[];
  readonly metadata: readonly { readonly field: string; readonly values: readonly string[] }[];
};

/**
 * Filters of a query string: `,` separates several values of one parameter, of `attack_*` and `log_source` all must
 * hold, of the others any.
 *
 * @throws AppError `INCIDENT_FILTER`, `REQUEST_INVALID`
 */
export function filtersOf(query: Readonly<Record<string, unknown>>): QueryFilters {
  const entries = Object.entries(query).filter(([name]) => !IGNORED.has(name));
  if (entries.length > PARAMETERS_MAX) {
    throw invalid(`the query string has ${entries.length} parameters, at most ${PARAMETERS_MAX} are allowed`);
  }
  const lists: Partial<Record<(typeof LISTS)[number], readonly string[]>> = {};
  const metadata: { field: string; values: readonly string[] }[] = [];
  let names: readonly string[] = [];
  for (const [name, value] of entries) {
    const given = [value].flat().map(String);
    const values = valuesOf(name, given);
    if (values.length === 0) continue;
    const list = LISTS.find((known) => known === name);
    if (list !== undefined) lists[list] = values;
    // A name may hold a comma itself.
    else if (name === 'name') names = [...new Set([...given.filter((text) => text !== ''), ...values])];
    else metadata.push({ field: name, values });
  }
  return { filter: filterOf(lists), names, metadata };
}

function valuesOf(name: string, given: readonly string[]): readonly string[] {
  const values = given
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (values.length > FILTER_VALUES_MAX) {
    throw invalid(`${name.slice(0, 100)} has ${values.length} values, at most ${FILTER_VALUES_MAX} are allowed`);
  }
  return values;
}
