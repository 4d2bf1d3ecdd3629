import { backfillIncidents } from '../incidents/backfill-incidents.ts';
import type { IncidentDeps } from '../incidents/change-incident.ts';
import { queryDefinitions } from '../lists/registry.ts';
import type { AlertRule, Throttling } from '../rules/alert-rule.ts';
import { backtest } from '../rules/backtest/backtest.ts';
import { BACKTEST_INCIDENTS_MAX, type Played, type PlayParts, play } from '../rules/backtest/play.ts';
import { takenByException } from '../rules/backtest/taken-by-exception.ts';
import { isAbout } from '../rules/exceptions.ts';
import { FieldReader } from '../rules/field-reader.ts';
import { exceptionCheck, exceptionsActive, ruleDraft, ruleGet, ruleList } from '../rules/registry.ts';
import { RULE_NOT_FOUND } from '../rules/rule-edits.ts';
import { AppError, refuse } from '../shared/errors.ts';
import { isJsonObject, type JsonObject } from '../shared/json.ts';
import { reposList } from '../tenancy/registry.ts';
import { logpointOf } from './incident-orders.ts';
import { optionalFlag, optionalInteger, optionalText, optionalTextList, requiredText } from './order-input.ts';
import { authorOf, type OrderContext, type OrderKind, type OrderServices, type WorkKind } from './order-kind.ts';

/** Longest range of a backtest and of a dry run. */
const RANGE_DAYS_MAX = 400;
const DAYS_DEFAULT = 7;
const DAY_MS = 86_400_000;

async function partsOf(
  services: OrderServices,
  ctx: OrderContext,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<PlayParts> {
  const { openScratch } = services;
  if (openScratch === undefined) throw new AppError('unavailable', 'BACKTEST_OFF', 'backtests are not available here');
  const logpoint = await logpointOf(services, ctx);
  const definitions = await services.store.read(queryDefinitions, { logpointId: ctx.logpointId, texts });
  const context = { logpointName: logpoint.name, logpointIp: logpoint.ip };
  return { events: services.events, openScratch, context, definitions, signal };
}

/** The rule that is named, or one that its fields would make. */
async function ruleOf({ store }: OrderServices, ctx: OrderContext, input: JsonObject): Promise<AlertRule> {
  const { logpointId } = ctx;
  const ruleId = optionalText(input, 'rule_id');
  if (ruleId !== undefined) {
    const rule = await store.read(ruleGet, { logpointId, ruleId });
    if (rule === null) throw refuse('RULE_NOT_FOUND', RULE_NOT_FOUND);
    return rule;
  }
  const data = input['rule'];
  if (!isJsonObject(data))
    throw new AppError('invalid', 'FIELD_MISSING', 'rule_id or rule must be present in request.');
  return store.read(ruleDraft, { logpointId, data });
}

function rangeOf(input: JsonObject): { readonly fromMs: number; readonly toMs: number } {
  const [fromMs, toMs] = [timeOf(input, 'from'), timeOf(input, 'to')];
  if (toMs <= fromMs) throw invalid('to', 'the range ends before it begins');
  if (toMs - fromMs > RANGE_DAYS_MAX * DAY_MS) throw invalid('to', `the range is longer than ${RANGE_DAYS_MAX} days`);
  return { fromMs, toMs };
}

function timeOf(input: JsonObject, field: string): number {
  const value = input[field];
  const atMs = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (!(atMs >= 0 && atMs <= 253_402_300_799_000)) throw invalid(field, 'expected epoch seconds or an ISO time');
  return Math.floor(atMs);
}

const invalid = (field: string, problem: string): AppError =>
  new AppError('invalid', 'FIELD_INVALID', `${field}: ${problem}`);

function throttlingOf(input: JsonObject): Throttling | null {
  const data = input['throttle'];
  if (!isJsonObject(data)) return null;
  const fields = new FieldReader(data);
  const throttling = {
    field: fields.text('field', { charsMax: 1_000, required: true }),
    rangeMinutes: fields.integer('range_minute', { min: 1, max: 43_200 }),
  };
  const [message] = Object.values(fields.errors).flat();
  if (message !== undefined) throw invalid('throttle', message);
  return throttling;
}

const exceptionOf = (input: JsonObject): string | null => {
  const data = input['exception'];
  if (data === undefined || data === null || data === '') return null;
  return isJsonObject(data) ? requiredText(data, 'query') : requiredText(input, 'exception');
};

/** The licence of public rules asks that their author is shown with what they match; empty for a rule of one's own. */
const shownAuthor = ({ sigma }: AlertRule): JsonObject => ({
  author: sigma?.author ?? '',
  licence: sigma?.licence ?? '',
});

const lane = (ctx: OrderContext): string => `backtest ${ctx.logpointId}`;

const backtestKind: WorkKind<JsonObject, JsonObject> = {
  mode: 'work',
  action: '/AlertRules/backtest',
  lane,
  async prepare(services, ctx, input, signal) {
    const rule = await ruleOf(services, ctx, input);
    const range = rangeOf(input);
    const exception = exceptionOf(input);
    if (exception !== null) await services.store.read(exceptionCheck, { logpointId: ctx.logpointId, query: exception });
    const exceptions = await exceptionsOf(services, rule);
    const texts = [rule.query, ...exceptions.map(({ query }) => query), ...(exception === null ? [] : [exception])];
    const parts = await partsOf(services, ctx, texts, signal);
    const found = await backtest(parts, { rule, exceptions, ...range, throttling: throttlingOf(input), exception });
    return { rule: { id: rule.id, name: rule.name, mode: rule.mode, ...shownAuthor(rule) }, ...found };
  },
  finish: async (_tx, _ctx, _input, prepared) => prepared,
};

const exceptionsOf = async ({ store }: OrderServices, rule: AlertRule) =>
  (await store.read(exceptionsActive, rule.logpointId))
    .filter((exception) => isAbout(exception, rule))
    .map(({ id, query }) => ({ id, query }));

type Backfill = { readonly rule: AlertRule; readonly played: Played };

const backfillKind = (deps: IncidentDeps): WorkKind<JsonObject, Backfill> => ({
  mode: 'work',
  action: '/AlertRules/backfill',
  lane,
  async prepare(services, ctx, input, signal) {
    const rule = await ruleOf(services, ctx, { rule_id: requiredText(input, 'id') });
    const exceptions = await exceptionsOf(services, rule);
    const texts = [rule.query, ...exceptions.map(({ query }) => query)];
    const parts = await partsOf(services, ctx, texts, signal);
    return { rule, played: await play(parts, { rule, exceptions, ...rangeOf(input) }) };
  },
  async finish(tx, ctx, input, { rule, played }) {
    const listeners = optionalFlag(input, 'notify') === true ? deps.listeners : [];
    const { raised, repeated } = await backfillIncidents(tx, rule, played.list, authorOf(ctx), listeners);
    const left = played.incidents - played.list.length;
    const cut =
      played.cut?.reason ?? (left > 0 ? `${left} incidents beyond ${BACKTEST_INCIDENTS_MAX} were not raised` : null);
    return { message: `${raised} incidents raised`, raised, repeated, cut };
  },
});

const dryRunKind: WorkKind<JsonObject, JsonObject> = {
  mode: 'work',
  action: '/Exceptions/dryRun',
  lane,
  async prepare(services, ctx, input, signal) {
    const { logpointId } = ctx;
    const query = requiredText(input, 'query');
    await services.store.read(exceptionCheck, { logpointId, query });
    const ids = optionalTextList(input, 'rule_ids') ?? null;
    const all = await services.store.read(ruleList, { logpointId, active: true });
    const rules = all.filter((rule) => isAbout({ logpointId, ruleIds: ids }, rule));
    const days = optionalInteger(input, 'days') ?? DAYS_DEFAULT;
    if (days < 1 || days > RANGE_DAYS_MAX) throw invalid('days', `expected 1 to ${RANGE_DAYS_MAX}`);
    const parts = await partsOf(services, ctx, [query, ...rules.map((rule) => rule.query)], signal);
    const repos = (await services.store.read(reposList, logpointId)).map(({ name }) => name);
    const toMs = services.clock();
    return takenByException(parts, { query, rules, logpointId, repos, fromMs: toMs - days * DAY_MS, toMs });
  },
  finish: async (_tx, _ctx, _input, prepared) => prepared,
};

/** Rules over the past: what they would have done, and what exceptions would have left. */
export const backtestOrders = (deps: IncidentDeps): readonly OrderKind[] => [
  backtestKind,
  backfillKind(deps),
  dryRunKind,
];
