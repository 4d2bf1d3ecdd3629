import { rowConstants } from '../events/event-row.ts';
import { queryDefinitions } from '../lists/registry.ts';
import { checkQuery } from '../query/check-query.ts';
import { contextOf } from '../query/definitions.ts';
import { hasErrors } from '../query/diagnostics.ts';
import type { Plan } from '../query/plan.ts';
import { queryInfo } from '../query/query-info.ts';
import { noProviders } from '../query/query-providers.ts';
import { diagnosticJson } from '../query/show-diagnostic.ts';
import { RANGE_MINUTES_MAX, type RuleMode } from '../rules/alert-rule.ts';
import { statefulQuery } from '../rules/stateful/stateful-query.ts';
import type { JsonObject } from '../shared/json.ts';
import { logpointOf } from './incident-orders.ts';
import type { OrderKind, WorkKind } from './order-kind.ts';
import type { SearchOrderSettings } from './search-orders.ts';

type ValidateInput = { readonly query: string };

/**
 * Says what a query is and what is wrong with it. A query with mistakes is a good answer to a good question: the order
 * succeeds, `valid` is false and `rows` are the mistakes; warnings alone leave it valid.
 */
const validateKind = ({
  providers = noProviders,
}: Pick<SearchOrderSettings, 'providers'>): WorkKind<ValidateInput, JsonObject> => ({
  mode: 'work',
  action: '/Query/validate',
  async prepare(services, ctx, input) {
    const logpoint = await logpointOf(services, ctx);
    const constants = rowConstants({ logpointName: logpoint.name, logpointIp: logpoint.ip });
    const asked = { logpointId: ctx.logpointId, texts: [input.query] };
    const definitions = await services.store.read(queryDefinitions, asked);
    const { query, plan, diagnostics } = checkQuery(input.query, {
      ...contextOf(definitions, constants),
      providerColumns: providers.columns,
      providerTable: providers.table,
    });
    return {
      valid: !hasErrors(diagnostics),
      rows: diagnostics.map((diagnostic) => diagnosticJson(input.query, diagnostic)),
      // A rule that fires on any row, with the longest range: what its own settings may still change to the schedule.
      rule_mode: plan === null ? null : ruleMode(input.query, plan),
      query_info: query === null || plan === null ? null : queryInfo(query, plan),
    };
  },
  finish: async (_tx, _ctx, _input, prepared) => prepared,
});

function ruleMode(query: string, plan: Plan): RuleMode {
  const usual = { conditionOption: 'greaterthan', conditionValue: 0, delayMinutes: 0, flushOnTrigger: false } as const;
  const draft = { ...usual, query, rangeMinutes: RANGE_MINUTES_MAX, throttling: null };
  return plan.isStreamable || statefulQuery(plan, draft) !== null ? 'stream' : 'schedule';
}

export const queryOrders = (settings: Pick<SearchOrderSettings, 'providers'>): readonly OrderKind[] => [
  validateKind(settings),
];
