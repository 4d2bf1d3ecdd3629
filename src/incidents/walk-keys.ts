import type { ReadTx, SqlValue } from '../control/control-store.ts';
import type { ObjectId } from '../shared/ids.ts';
import {
  type Branch,
  type Condition,
  DEFAULT_KEY_LIMITS,
  type KeyLimits,
  type KeyPage,
  type KeyRequest,
  keyColumns,
  type Plan,
  type Position,
  planBranches,
  rareRowsTried,
  timeConditions,
} from './incident-keys.ts';
import { matchingSources, plainNameTest, sourceNames } from './matching-sources.ts';

/** SQLite allows 500 terms in a compound select. */
const BRANCHES_PER_STATEMENT = 200;
/** Rows of one look at branches that answer nothing but what belongs to the page. */
const ANSWER_ROWS_MAX = 1_000;
/** So many sources are looked for in the statement itself; of more, each row's source is looked up here. */
const SOURCES_IN_STATEMENT_MAX = 1_000;
/** The same of branches that are short. */
const SHORT_SOURCES_MAX = 8_000;
/** Rows of each branch that one statement walks while it looks for what belongs to the page. */
const WALK_ROWS_MAX = 64_000;
const WALK_GROWTH = 4;

type Key = { readonly id: string; readonly detected_at: number; readonly source_id?: string };

/** One look at the branches: which part of them, and how much of it. */
type Look = {
  readonly plan: Plan;
  readonly request: KeyRequest;
  readonly after: Position | null;
  readonly until: Position | null;
  readonly limit: number;
};

const positionOf = (key: Key): Position => ({ detectedAtMs: key.detected_at, id: key.id });
const isNewer = (a: Key, b: Key): boolean =>
  a.detected_at > b.detected_at || (a.detected_at === b.detected_at && a.id > b.id);

const ENTITY_TABLES = 'incident_entities cross join incidents on incidents.id = incident_id';
const ORDER = 'order by detected_at desc, id desc limit ?';

/** The newest of what the selects of the branches answer together. */
async function newestOf(
  tx: ReadTx,
  branches: readonly Branch[],
  limit: number,
  before: { readonly sql: string; readonly params: readonly SqlValue[] },
  select: (branch: Branch) => { readonly sql: string; readonly params: readonly SqlValue[] },
): Promise<readonly Key[]> {
  const found: Key[] = [];
  for (let start = 0; start < branches.length; start += BRANCHES_PER_STATEMENT) {
    const selects = branches.slice(start, start + BRANCHES_PER_STATEMENT).map(select);
    const all = selects.map(({ sql }) => `select * from (${sql}) as branch`).join(' union all ');
    const params = [...before.params, ...selects.flatMap((one) => one.params), limit];
    found.push(...(await tx.all<Key>(`${before.sql}${all} ${ORDER}`, params)));
  }
  if (branches.length <= BRANCHES_PER_STATEMENT) return found;
  return found.sort((a, b) => (isNewer(a, b) ? -1 : 1)).slice(0, limit);
}

const NOTHING = { sql: '', params: [] };

const joined = (conditions: readonly Condition[]) => ({
  sql: conditions.map(({ sql }) => sql).join(' and '),
  params: conditions.flatMap(({ params }) => params),
});

function branchRows(
  branch: Branch,
  { request, after, until, limit }: Look,
  columns: string,
  more: readonly Condition[],
) {
  const [at, id] = keyColumns(branch);
  const { sql, params } = joined([
    ...branch.conditions,
    ...timeConditions(branch, request.filter, after, until),
    ...more,
  ]);
  const tables = branch.isByEntity === true ? ENTITY_TABLES : 'incidents';
  const text = `select ${columns} from ${tables} where ${sql} order by ${at} desc, ${id} desc limit ?`;
  return { sql: text, params: [...params, limit] };
}

/** What the filter's sources and update times leave of the branches, tested in the statement. */
async function leftRows(tx: ReadTx, look: Look, named: ReadonlySet<ObjectId>): Promise<readonly Key[]> {
  const { sources = null, updatedFromMs = 0 } = look.plan.look ?? {};
  const more: Condition[] = [];
  let before: { sql: string; params: readonly SqlValue[] } = NOTHING;
  if (sources !== null) {
    const marks = Array.from({ length: sources.size }, () => '(?)').join(', ');
    before = sources.size === 0 ? NOTHING : { sql: `with wanted (id) as (values ${marks}) `, params: [...sources] };
    const ofSource = sources.size === 0 ? '0 = 1' : 'source_id in (select id from wanted)';
    const ids = [...named];
    more.push({ sql: `(${ofSource} or id in (${ids.map(() => '?').join(', ')}))`, params: ids });
  }
  if (updatedFromMs > 0) more.push({ sql: '+updated_at >= ?', params: [updatedFromMs] });
  return newestOf(tx, look.plan.branches, look.limit, before, (branch) =>
    branchRows(branch, look, 'id, detected_at', more),
  );
}

/**
 * The newest place at which one of the branches has `rows` rows of its stretch behind it: down to there, no branch has to
 * walk more than so many. Null when none has so many left.
 */
async function horizon(tx: ReadTx, look: Look, rows: number): Promise<Position | null> {
  const [newest] = await newestOf(tx, look.plan.branches, 1, NOTHING, (branch) => {
    const [at, id] = keyColumns(branch);
    const times = timeConditions(branch, look.request.filter, look.after, null);
    const { sql, params } = joined([...branch.stretch, ...times]);
    const table = branch.isByEntity === true ? 'incident_entities' : 'incidents';
    const order = `order by ${at} desc, ${id} desc limit 1 offset ?`;
    return {
      sql: `select ${id} as id, ${at} as detected_at from ${table} where ${sql} ${order}`,
      params: [...params, rows - 1],
    };
  });
  return newest === undefined ? null : positionOf(newest);
}

/**
 * Ids of the incidents that the filter leaves, newest first, at most `limit`. Incidents that arrive meanwhile neither
 * shift nor repeat what later pages show.
 *
 * @throws AppError as `matchingSources`
 */
export async function incidentKeys(tx: ReadTx, request: KeyRequest): Promise<KeyPage> {
  const limits = request.limits ?? DEFAULT_KEY_LIMITS;
  const newest = await newestNamed(tx, request, limits);
  if (newest !== null) return newest;
  const choice = await matchingSources(tx, request.logpointId, request.filter);
  const sources = choice.sources?.size ?? 0;
  const rareRows = rareRowsTried(request, choice, limits);
  if (rareRows > 0) {
    const rare = await planBranches(tx, request, choice, limits);
    if (rare.isTrial !== true) return walk(tx, request, rare, choice.named, limits);
    const page = await walkBounded(tx, request, rare, choice.named, { ...limits, scanRowsMax: rareRows });
    if (!page.isScanCut) return page;
    // Many are rare in this way, and few of them are what is asked for: the other filters come first.
    return incidentKeys(tx, { ...request, limits: { ...limits, rareRowsMax: 0 } });
  }
  if (sources > limits.sourcesProbedMin && sources <= limits.sourceBranchesMax) {
    const probe = await planBranches(tx, request, choice, { ...limits, sourceBranchesMax: 0 });
    const page = await walkBounded(tx, request, probe, choice.named, { ...limits, scanRowsMax: limits.probeRowsMax });
    if (!page.isScanCut) return page;
  }
  return walk(tx, request, await planBranches(tx, request, choice, limits), choice.named, limits);
}

/**
 * The page when the newest incidents fill it that pass the other filters: their names are few, and all names are
 * thousands. Null when they do not, or when something else than names decides about sources.
 */
async function newestNamed(tx: ReadTx, request: KeyRequest, limits: KeyLimits): Promise<KeyPage | null> {
  const { logpointId, filter } = request;
  if (request.limit >= limits.namesTriedMax) return null;
  const accepts = await plainNameTest(tx, logpointId, filter);
  if (accepts === null) return null;
  const bare = { ...request, filter: { ...filter, name: undefined, text: undefined } };
  const choice = await matchingSources(tx, logpointId, bare.filter);
  if (choice.sources !== null) return null;
  const plan = await planBranches(tx, bare, choice, limits);
  if (plan.look !== null || plan.isTrial === true) return null;
  // What is short is sorted by each statement, so one of them reads all that is tried.
  const limit = plan.isShort === true ? limits.namesTriedMax : limits.chunkRowsMin;
  const page = new PageOfKeys(request);
  const names = new Map<string, boolean>();
  let after = request.after;
  for (let walked = 0; walked < limits.namesTriedMax; walked += limit) {
    const keys = await rowsWithSource(tx, { plan, request: bare, after, until: null, limit });
    const unknown = new Set(keys.map((key) => key.source_id ?? '').filter((id) => !names.has(id)));
    for (const [id, name] of await sourceNames(tx, [...unknown])) names.set(id, accepts(name));
    for (const key of keys) {
      after = positionOf(key);
      if (names.get(key.source_id ?? '') === true) page.take(key);
      if (page.isFull) return page.full();
    }
    if (keys.length < limit) return page.ended();
    // At this rate the page would not be full in the end.
    if (page.ids.length * limits.namesTriedMax < request.limit * (walked + limit)) return null;
  }
  return null;
}

/** Takes keys, newest first, until there is one more than the page holds. */
class PageOfKeys {
  readonly ids: ObjectId[] = [];
  /** Place of the last one. */
  #last: Position | null;
  readonly #limit: number;
  isFull = false;

  constructor(request: KeyRequest) {
    this.#last = request.after;
    this.#limit = request.limit;
  }

  get wanted(): number {
    return this.#limit - this.ids.length + 1;
  }

  /** The incident of an entity comes once for each kind that has the value. */
  take(key: Key): void {
    if (this.isFull || key.id === this.ids.at(-1)) return;
    if (this.ids.length === this.#limit) {
      this.isFull = true;
      return;
    }
    this.ids.push(key.id);
    this.#last = positionOf(key);
  }

  full = (): KeyPage => ({ ids: this.ids, next: this.#last, isScanCut: false });
  ended = (): KeyPage => ({ ids: this.ids, next: null, isScanCut: false });
  cut = (at: Position | null): KeyPage => ({ ids: this.ids, next: at, isScanCut: true });
}

type Walk = (
  tx: ReadTx,
  request: KeyRequest,
  plan: Plan,
  named: ReadonlySet<ObjectId>,
  limits: KeyLimits,
) => Promise<KeyPage>;

const walk: Walk = (tx, request, plan, named, limits) => {
  if (plan.look === null) return walkAnswers(tx, request, plan, named, limits);
  return walkBounded(tx, request, plan, named, limits);
};

/** Looks at `scanRowsMax` rows, whether they belong to the answer or not. */
const walkBounded: Walk = (tx, request, plan, named, limits) => {
  const sources = plan.look?.sources ?? null;
  if (plan.isShort === true && (sources?.size ?? 0) <= SHORT_SOURCES_MAX) {
    return walkAnswers(tx, request, plan, named, limits);
  }
  if (sources === null || sources.size <= SOURCES_IN_STATEMENT_MAX) {
    return walkStretches(tx, request, plan, named, limits);
  }
  return walkRows(tx, request, plan, named, limits);
};

/** Every row of the branches belongs to the answer, or the branches are so short that each statement tests all of them. */
const walkAnswers: Walk = async (tx, request, plan, named) => {
  const page = new PageOfKeys(request);
  let after = request.after;
  while (plan.branches.length > 0) {
    const limit = Math.min(page.wanted, ANSWER_ROWS_MAX);
    const keys = await leftRows(tx, { plan, request, after, until: null, limit }, named);
    for (const key of keys) page.take(key);
    if (page.isFull) return page.full();
    const last = keys.at(-1);
    if (last === undefined || keys.length < limit) break;
    after = positionOf(last);
  }
  return page.ended();
};

/** The statement tests the rows, over a part of the branches that grows as long as it finds too few. */
const walkStretches: Walk = async (tx, request, plan, named, limits) => {
  const page = new PageOfKeys(request);
  let after = request.after;
  let rows = limits.chunkRowsMin;
  for (let walked = 0; plan.branches.length > 0; rows = Math.min(rows * WALK_GROWTH, WALK_ROWS_MAX)) {
    if (walked >= limits.scanRowsMax) return page.cut(after);
    const until = await horizon(tx, { plan, request, after, until: null, limit: 1 }, rows);
    for (let from = after; ; ) {
      const limit = Math.min(page.wanted, ANSWER_ROWS_MAX);
      const keys = await leftRows(tx, { plan, request, after: from, until, limit }, named);
      for (const key of keys) page.take(key);
      if (page.isFull) return page.full();
      const last = keys.at(-1);
      if (last === undefined || keys.length < limit) break;
      from = positionOf(last);
    }
    if (until === null) break;
    after = until;
    walked += rows;
  }
  return page.ended();
};

/** Every row of the branches is read and its source is looked up here. */
const walkRows: Walk = async (tx, request, plan, named, limits) => {
  const page = new PageOfKeys(request);
  const sources = plan.look?.sources ?? null;
  const byTime = { ...plan, look: plan.look === null ? null : { ...plan.look, sources: null } };
  let after = request.after;
  let limit = limits.chunkRowsMin;
  for (let walked = 0; plan.branches.length > 0; limit = Math.min(2 * limit, ANSWER_ROWS_MAX)) {
    if (walked >= limits.scanRowsMax) return page.cut(after);
    const keys = await rowsWithSource(tx, { plan: byTime, request, after, until: null, limit });
    for (const key of keys) {
      after = positionOf(key);
      if (sources === null || sources.has(key.source_id ?? '') || named.has(key.id)) page.take(key);
      if (page.isFull) return page.full();
    }
    if (keys.length < limit) break;
    walked += keys.length;
  }
  return page.ended();
};

function rowsWithSource(tx: ReadTx, look: Look): Promise<readonly Key[]> {
  const updatedFromMs = look.plan.look?.updatedFromMs ?? 0;
  const more = updatedFromMs > 0 ? [{ sql: '+updated_at >= ?', params: [updatedFromMs] }] : [];
  return newestOf(tx, look.plan.branches, look.limit, NOTHING, (branch) =>
    branchRows(branch, look, 'id, detected_at, source_id', more),
  );
}
