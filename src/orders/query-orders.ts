import { rowConstants } from '../events/event-row.ts';
import { queryDefinitions } from '../lists/registry.ts';
import { checkQuery } from '../query/check-query.ts';
import { contextOf } from '../query/definitions.ts';
import { hasErrors } from '../query/diagnostics.ts';
import { queryInfo } from '../query/query-info.ts';
import { noProviders } from '../query/query-providers.ts';
import { diagnosticJson } from '../query/show-diagnostic.ts';
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
    });
    return {
      valid: !hasErrors(diagnostics),
      rows: diagnostics.map((diagnostic) => diagnosticJson(input.query, diagnostic)),
      query_info: query === null || plan === null ? null : queryInfo(query, plan),
    };
  },
  finish: async (_tx, _ctx, _input, prepared) => prepared,
});

export const queryOrders = (settings: Pick<SearchOrderSettings, 'providers'>): readonly OrderKind[] => [
  validateKind(settings),
];
