import type { User } from '../accounts/user.ts';
import { command, query } from '../control/control-store.ts';
import { type PageRequest, pageQuery } from '../control/list-page.ts';
import type { LogpointId, ObjectId, PoolId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { listDocuments, listStale, listStates, type SigmaDocument, type SigmaKind } from '../sigma/sigma-documents.ts';
import type { Author } from '../tenancy/author.ts';
import { attackCoverage, type CoverageRequest, navigatorLayer } from './attack-coverage.ts';
import { activeExceptions, checkedException, expireExceptions, storedExceptions } from './exceptions.ts';
import { saveCondition } from './import-sigma.ts';
import { fullRow, type LightRequest, lightRows } from './light-rows.ts';
import { type ActivityRequest, ruleActivity } from './rule-days.ts';
import { createRule, draftRule } from './rule-edits.ts';
import { listRuleStats, type StatsFilter } from './rule-stats.ts';
import { getRule, listRules, listStreamRules, type RuleFilter } from './rule-store.ts';
import { storedUploads } from './rule-uploads.ts';
import { listDueRules, recordWindowFailure, type WindowFailure } from './schedule-store.ts';
import { waitingLogpoints } from './stateful/stateful-store.ts';
import { visibleRules } from './visible-rules.ts';

export type RuleKey = { readonly logpointId: LogpointId; readonly ruleId: ObjectId };

export const ruleGet = query('rules.get', (tx, key: RuleKey) => getRule(tx, key.logpointId, key.ruleId));
export const ruleList = query('rules.list', (tx, filter: RuleFilter) => listRules(tx, filter), { slow: true });
/** For the node's own API: what `visibleRules` answers. */
export const rulesVisible = query('rules.visible', (tx, user: User) => visibleRules(tx, user), { slow: true });
export const ruleStats = query('rules.stats', (tx, filter: StatsFilter) => listRuleStats(tx, filter), { slow: true });
/** For the matching thread: at start, and again after each `rules.changed`. */
export const streamRules = query('rules.stream', (tx, _input: null) => listStreamRules(tx), { slow: true });
/** For the scheduler. */
export const rulesDue = query('rules.due', (tx, settledMs: number) => listDueRules(tx, settledMs), { slow: true });
/** Whether decisions about several events wait for the time to pass. */
export const statefulWaiting = query('rules.statefulWaiting', async (tx, _: null) => {
  return (await waitingLogpoints(tx)).length > 0;
});
export const ruleWindowFailed = command('rules.windowFailed', (tx, failure: WindowFailure) =>
  recordWindowFailure(tx, failure),
);

export const uploadsPage = pageQuery('rules.uploads', storedUploads);

export type NewRule = { readonly logpointId: LogpointId; readonly data: JsonObject; readonly by: Author };
/** For the command line; the API orders the same through `src/orders/rule-orders.ts`. */
export const ruleCreate = command('rules.create', (tx, input: NewRule) =>
  createRule(tx, input.logpointId, input.data, input.by),
);

export const sigmaStates = query('sigma.states', (tx, logpointId: LogpointId) => listStates(tx, logpointId), {
  slow: true,
});
type StoredFilter = { readonly logpointId: LogpointId; readonly kind: SigmaKind; readonly logSource?: string };
export const sigmaStored = query('sigma.stored', (tx, filter: StoredFilter) => listDocuments(tx, filter), {
  slow: true,
});
/** Rules that another version of the compiler compiled, some at a time. */
export const sigmaStale = query(
  'sigma.stale',
  (tx, input: { readonly compiler: string; readonly countMax: number }) =>
    listStale(tx, input.compiler, input.countMax),
  { slow: true },
);
export const sigmaRecompiled = command('sigma.recompiled', async (tx, documents: readonly SigmaDocument[]) => {
  for (const document of documents) await saveCondition(tx, document, { actor: 'sigma compiler' });
});

export const rulesLight = query('rules.light', (tx, request: LightRequest & PageRequest) => lightRows(tx, request), {
  slow: true,
});
type FullKey = RuleKey & { readonly poolId: PoolId };
export const rulesFull = query('rules.full', (tx, key: FullKey) => fullRow(tx, key));
export const rulesActivity = query('rules.activity', (tx, request: ActivityRequest) => ruleActivity(tx, request), {
  slow: true,
});
export const rulesCoverage = query('rules.coverage', (tx, request: CoverageRequest) => attackCoverage(tx, request), {
  slow: true,
});
type LayerRequest = CoverageRequest & { readonly name: string };
export const rulesNavigator = query('rules.navigator', (tx, request: LayerRequest) => navigatorLayer(tx, request), {
  slow: true,
});

export const exceptionsPage = pageQuery('exceptions.page', storedExceptions);
/** For the scheduler: those that hold now. */
export const exceptionsActive = query('exceptions.active', (tx, logpointId: LogpointId) =>
  activeExceptions(tx, logpointId),
);
export const exceptionsExpire = command('exceptions.expire', (tx, _input: null) => expireExceptions(tx));

type DraftRequest = { readonly logpointId: LogpointId; readonly data: JsonObject };
/** The rule that the fields would make; nothing is written. */
export const ruleDraft = query('rules.draft', (tx, { logpointId, data }: DraftRequest) =>
  draftRule(tx, logpointId, data),
);
/** Refuses a query that no exception can have. */
export const exceptionCheck = query(
  'exceptions.check',
  async (tx, { logpointId, query: text }: { readonly logpointId: LogpointId; readonly query: string }) => {
    await checkedException(tx, logpointId, { name: 'tried', owner: 'tried', reason: 'tried', query: text });
    return null;
  },
);

export const ruleEntries = [
  ruleDraft,
  exceptionCheck,
  exceptionsPage,
  exceptionsActive,
  exceptionsExpire,
  rulesLight,
  rulesFull,
  rulesActivity,
  rulesCoverage,
  rulesNavigator,
  sigmaStates,
  sigmaStored,
  sigmaStale,
  sigmaRecompiled,
  ruleGet,
  ruleList,
  rulesVisible,
  ruleStats,
  streamRules,
  rulesDue,
  statefulWaiting,
  ruleWindowFailed,
  ruleCreate,
  uploadsPage,
];
