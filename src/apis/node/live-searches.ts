import { planText } from '../../incidents/run-query.ts';
import type { QueryDefinitions } from '../../query/definitions.ts';
import { parseQuery } from '../../query/parse-query.ts';
import { printQuery } from '../../query/print-query.ts';
import type { AlertRule } from '../../rules/alert-rule.ts';
import { digestHex } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Logpoint } from '../../tenancy/logpoint.ts';

/** Name under which a rule's query is polled, as `life_<life id>`: 40 hex, always the same for one rule. */
export const lifeId = (rule: Pick<AlertRule, 'id'>): string => digestHex(['live search', rule.id], 40);

export const LIFE_PREFIX = 'life_';

/** The text of the search before the first pipe. */
export function filterText(text: string): string {
  const { query: parsed } = parseQuery(text);
  return parsed === null ? '' : printQuery({ ...parsed, commands: [] });
}

const MINUTES_OF_HOUR = 60;
const MINUTES_OF_DAY = 24 * MINUTES_OF_HOUR;

/** A live search of `/getalloweddata`. Source: contract/incident-api.md, A.3. */
export function liveSearchRow(rule: AlertRule, logpoint: Logpoint, definitions: QueryDefinitions): JsonObject {
  const plan = planText(rule.query, { logpointName: logpoint.name, logpointIp: logpoint.ip }, definitions);
  const filter = filterText(rule.query);
  const minutes = rule.rangeMinutes;
  return {
    searchname: rule.name,
    description: rule.description,
    query: rule.query,
    query_info: {
      fieldsToExtract: [],
      aliases: [],
      success: true,
      query_filter: filter,
      columns: plan.columns.map(({ name }) => name).filter((name) => !plan.grouping.includes(name)),
      query_type: plan.type,
      lucene_query: filter,
      grouping: plan.grouping,
    },
    timerange_day: Math.floor(minutes / MINUTES_OF_DAY),
    timerange_hour: Math.floor((minutes % MINUTES_OF_DAY) / MINUTES_OF_HOUR),
    timerange_minute: minutes % MINUTES_OF_HOUR,
    timerange_second: 0,
    limit: rule.limit,
    generated_by: 'alert',
    flush_on_trigger: rule.flushOnTrigger,
    life_id: lifeId(rule),
    tid: '',
    vid: '',
  };
}
