import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { type DirectorWorld, listOf, openDirectorWorld, rowsOf } from './director-world.ts';

// Every list and every fetch of the document comes in pages, unless it is named here with what bounds it.

const document: JsonObject = JSON.parse(readFileSync('openapi.json', 'utf8'));
const at = (value: Json | undefined, ...keys: string[]): Json | undefined =>
  keys.reduce<Json | undefined>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value);
const entries = (value: Json | undefined): [string, Json][] => (isJsonObject(value) ? Object.entries(value) : []);

const BOUNDED: Readonly<Record<string, string>> = {
  ListTimezone: 'the time zones that the runtime knows, some 450',
  ListMachineInfo: 'the one machine',
  ListRepoPaths: 'the one path that the server has',
  FetchRepoPaths: 'the one path that the server has',
  ListRuleNotifications: 'one for each of the six channels',
  RelatedIncidents: 'the 50 newest',
  GetIncidentData: 'the `limit` of the rule',
  FetchIncidentData: 'the `limit` of the rule',
  FetchLogs: 'its own `limit`; more rows come with the next time range',
  IncidentFacets: 'the 50 most frequent values of each',
  IncidentHistogram: '500 buckets',
  MitreAttacksCoverage: 'the techniques of the ATT&CK table',
  MitreAttacksNavigator: 'a file',
  IncidentMetrics: 'the busiest 1,000 rules or users of a range; `isCut` says so',
  ExportCheckpoints: 'one line for each logpoint',
  Me: 'what one account reaches',
  AuthMethods: 'password and one provider',
  Health: 'the parts of one server',
  Diagnosis: 'the parts of one server, 20 rules',
  RenderIncidentData: 'the faults of one template',
  ListAlertRuleActivity: 'rules that did something in at most 90 days',
  ListRulesSigned: "the vendor's signed API has no pages",
  ListListsSigned: "the vendor's signed API has no pages",
  ListReposSigned: "the vendor's signed API has no pages",
};
/** Rows that bear no time of change. */
const WITHOUT_TIMES = ['PoolInfo', 'ListTargets', 'ListRepoSizes'];

type Listed = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly takes: readonly string[];
};

const isList = ([, schema]: readonly [string, Json]): boolean => at(schema, 'type') === 'array';

/** GETs that answer an array, or one beside other things; orders that answer rows; and what calls itself a list. */
const lists: readonly Listed[] = entries(document['paths']).flatMap(([path, item]) =>
  entries(item).flatMap(([method, operation]): Listed[] => {
    const id = String(at(operation, 'operationId'));
    const isOrder = at(operation, 'x-order-response') !== undefined;
    const schema = at(operation, 'responses', '200', 'content', 'application/json', 'schema');
    const isOne = path.endsWith('}');
    const hasRows = isOrder
      ? id.startsWith('Fetch')
      : method === 'get' &&
        (at(schema, 'type') === 'array' || (!isOne && entries(at(schema, 'properties')).some(isList)));
    if (!hasRows && !/^(List|Fetch)/.test(id)) return [];
    const query = [at(operation, 'parameters') ?? []].flat().map((parameter) => String(at(parameter, 'name')));
    const data = at(
      operation,
      'requestBody',
      'content',
      'application/json',
      'schema',
      'properties',
      'data',
      'properties',
    );
    return [{ id, method: method.toUpperCase(), path, takes: isOrder ? entries(data).map(([name]) => name) : query }];
  }),
);
const paged = lists.filter(({ id }) => BOUNDED[id] === undefined);

test('every list and fetch takes limit, cursor, total and updated_since, or is named with its bound', () => {
  const lacking = paged.flatMap(({ id, takes }) =>
    ['limit', 'cursor', 'total', ...(WITHOUT_TIMES.includes(id) ? [] : ['updated_since'])]
      .filter((name) => !takes.includes(name))
      .map((name) => `${id} ${name}`),
  );
  expect(lacking).toEqual([]);
  expect(paged.length).toBeGreaterThan(40);
  const known = lists.map(({ id }) => id);
  const stale = [...Object.keys(BOUNDED), ...WITHOUT_TIMES].filter((id) => !known.includes(id));
  expect(stale).toEqual([]);
});

let world: DirectorWorld;
let incident = '';
let rule = '';
beforeAll(async () => {
  const events = { repoSizes: async () => [] };
  world = await openDirectorWorld([], undefined, { events });
  const { id: admin } = world.acme.admin;
  const acting = { incident_user_id: admin };
  const byHand = { query: 'user=*', time_range: [1795000000, 1795003600], risk: 'low' };
  for (const name of ['one', 'two']) {
    const made = await world.order('POST Incidents', { ...acting, ...byHand, name });
    incident = String(made['id']);
    const fields = { searchname: name, owner: admin, risk: 'low', query: 'user=anna', repos: ['default'], limit: 25 };
    const when = { timerange_minute: 5, condition_option: 'greaterthan', condition_value: 0, aggregate: 'max' };
    rule = String((await world.order('POST AlertRules', { ...fields, ...when }))['id']);
    await world.order('POST SavedFilters', { name, filter: {} });
    await world.order('POST Lists', { name, type: 'static' });
    await world.order('POST LogSources', { name });
    await world.order('POST LabelPackages', { name, definitions: [{ query: 'user=x', labels: ['L'] }] });
    await world.order('POST Exceptions', { name, query: 'user=x', owner: admin, reason: 'a test' });
  }
  await world.order(`POST Incidents/${incident}/comment`, { ...acting, comment: 'seen' });
});
afterAll(async () => world.close());

type Shown = { readonly rows: readonly JsonObject[]; readonly next: unknown; readonly total: unknown };

async function page({ id, method, path }: Listed, asked: JsonObject): Promise<Shown> {
  const names = { pool: world.acme.pool.id, logpoint: world.acme.logpoint.id, id: /Rule/.test(id) ? rule : incident };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: keyof typeof names) => names[name]);
  const token = path.startsWith('/configapi') ? undefined : await world.token('root');
  const options = token === undefined ? {} : { token };
  if (method === 'POST') {
    const said = await world.order(`POST ${filled}`, asked, options);
    expect(said).toMatchObject({ success: true });
    return { rows: rowsOf(said), next: said['next_cursor'], total: said['total'] };
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) query.set(name, String(value));
  const answer = await world.call(`GET ${filled}?${query}`, undefined, options);
  expect([id, answer.status]).toEqual([id, 200]);
  const { body, headers } = answer;
  if (!isJsonObject(body)) {
    const total = headers['x-total-count'];
    return { rows: listOf(answer), next: headers['x-next-cursor'], total: total === undefined ? total : Number(total) };
  }
  const rows = [entries(body).find(([, value]) => Array.isArray(value))?.[1] ?? []].flat().filter(isJsonObject);
  return { rows, next: body['next_cursor'] ?? undefined, total: body['total'] };
}

test.each(paged.map((list) => [list.id, list] as const))(
  '%s answers one row at a time, and how many there are',
  async (id, list) => {
    const first = await page(list, { limit: 1, total: true });
    expect(first.rows.length).toBe(Math.min(1, Number(first.total)));
    // What is asked here is itself audited or an order: some lists grow meanwhile.
    expect([id, typeof first.next]).toEqual([id, Number(first.total) > 1 ? 'string' : 'undefined']);
    if (first.next === undefined) return;
    const second = await page(list, { limit: 1, cursor: String(first.next) });
    expect(second.rows).toHaveLength(1);
    expect(second.rows).not.toEqual(first.rows);
    expect(second.total).toBeUndefined();
    if (!WITHOUT_TIMES.includes(id)) {
      const later = Math.ceil(Date.now() / 1000) + 3600;
      expect((await page(list, { updated_since: later })).rows).toEqual([]);
    }
  },
);
