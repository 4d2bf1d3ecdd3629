import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foundPool } from '../../src/accounts/found-pool.ts';
import { openInProcessControlStore } from '../../src/adapters/sqlite/in-process-control-store.ts';
import { type ControlStore, command, query, registryOf } from '../../src/control/control-store.ts';
import { createRegistry, DEFAULT_REGISTRY_SETTINGS, incidentDeps, migrations } from '../../src/control-registry.ts';
import { type LogEvent, newFields } from '../../src/events/event.ts';
import { INCIDENT_STATUSES } from '../../src/incidents/incident.ts';
import { incidentCommands } from '../../src/incidents/registry.ts';
import { closeIncident, reopenIncident, resolveIncident } from '../../src/incidents/set-status.ts';
import { RuleSet } from '../../src/ingest/rule-set.ts';
import { noDefinitions } from '../../src/query/definitions.ts';
import { evaluate } from '../../src/query/evaluate.ts';
import type { Plan } from '../../src/query/plan.ts';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import type { Match, MatchBatch } from '../../src/rules/match.ts';
import { ruleCreate, ruleList, ruleStats, streamRules } from '../../src/rules/registry.ts';
import { editRule, switchRule, trashRule } from '../../src/rules/rule-edits.ts';
import { planRuleQuery } from '../../src/rules/rule-query.ts';
import { RuleScheduler, SCHEDULER_DEFAULTS } from '../../src/rules/rule-scheduler.ts';
import { rowsMaxOf, windowRows } from '../../src/rules/window-rows.ts';
import { present } from '../../src/shared/assert.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import type { Pairs } from './parse-scenario.ts';

const BY = { actor: 'scenario' };
const STREAM = 'node-a';
const deps = incidentDeps(DEFAULT_REGISTRY_SETTINGS);
const { applyMatches, settleMatches, applyWindow } = incidentCommands(deps);
const VERBS = { resolve: resolveIncident, close: closeIncident, reopen: reopenIncident };

type Target = { readonly logpointId: string; readonly ruleId: string };
const own = {
  found: command('test.found', (tx, _: null) =>
    foundPool(tx, {
      poolName: 'acme',
      logpointName: 'lp1',
      ip: '10.0.0.1',
      admin: { username: 'admin', email: 'admin@example.org', passwordHash: 'x', accessKeyHash: 'x' },
      role: 'root',
      by: BY,
    }),
  ),
  verb: command(
    'test.verb',
    async (tx, input: { verb: keyof typeof VERBS; logpointId: string; incidentId: string; userId: string }) => {
      const { verb, logpointId, incidentId, userId } = input;
      await VERBS[verb](tx, { logpointId, incidentId, userId, actor: BY.actor }, deps);
    },
  ),
  switch: command('test.switch', (tx, { logpointId, ruleId, active }: Target & { active: boolean }) =>
    switchRule(tx, logpointId, ruleId, active, BY),
  ),
  trash: command('test.trash', (tx, { logpointId, ruleId }: Target) => trashRule(tx, logpointId, ruleId, BY)),
  edit: command('test.edit', (tx, { logpointId, ruleId, data }: Target & { data: JsonObject }) =>
    editRule(tx, logpointId, ruleId, data, BY),
  ),
  incidents: query('test.incidents', (tx, _: null) =>
    tx.all<IncidentRow>(
      `select i.id, i.status, i.hits, i.rows_count as "rows", i.group_key as "group", i.window_from as "fromMs",
          i.window_to as "toMs"
         from incidents i order by i.number`,
    ),
  ),
};
type IncidentRow = {
  id: string;
  status: number;
  hits: number;
  rows: number;
  group: string;
  fromMs: number;
  toMs: number;
};

/**
 * A server without network and event store: real rules, firing, scheduler, incidents on a real file; events are matched
 * by the compiled filter and windows are answered by the evaluator, both of which other tests hold to the stores.
 */
export class ScenarioWorld {
  static readonly START_MS = Date.UTC(2026, 10, 2, 8, 0);
  #nowMs = ScenarioWorld.START_MS;
  readonly #dir = mkdtempSync(join(tmpdir(), 'tocsin-scenario-'));
  readonly #events: LogEvent[] = [];
  #lastBatch: MatchBatch = { stream: STREAM, fromSeq: 0, toSeq: 0, matches: [] };
  #store: ControlStore | null = null;
  #ids: { readonly logpointId: string; readonly userId: string } | null = null;

  async #open(): Promise<{ store: ControlStore; logpointId: string; userId: string }> {
    const full = createRegistry(DEFAULT_REGISTRY_SETTINGS);
    this.#store ??= await openInProcessControlStore({
      dir: this.#dir,
      registry: registryOf([...full.commands.values(), ...full.queries.values(), ...Object.values(own)]),
      migrations,
      clock: () => this.#nowMs,
    });
    if (this.#ids === null) {
      const { logpoint, admin } = await this.#store.write(own.found, null);
      this.#ids = { logpointId: logpoint.id, userId: admin.id };
    }
    return { store: this.#store, ...this.#ids };
  }

  async restart(): Promise<void> {
    await this.#store?.close();
    this.#store = null;
  }

  async close(): Promise<void> {
    await this.restart();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Sets the clock and evaluates the windows that have settled by then. */
  async moveTo(atMs: number): Promise<void> {
    this.#nowMs = ScenarioWorld.START_MS + atMs;
    const { store } = await this.#open();
    const scheduler = new RuleScheduler({
      store,
      applyWindow,
      search: async (rule, { fromMs, toMs }) => {
        const plan = planOf(rule.query);
        const events = this.#events.filter(
          (e) => rule.repos.includes(e.repo) && e.eventAtMs >= fromMs && e.eventAtMs < toMs,
        );
        const rows = evaluate(plan, events).slice(0, rowsMaxOf(plan, rule));
        return windowRows(plan, rows, { throttlingField: rule.throttling?.field ?? null, isCut: false });
      },
      clock: () => this.#nowMs,
      settings: SCHEDULER_DEFAULTS,
      onError: (error) => {
        throw error;
      },
    });
    await store.write(settleMatches, null);
    // A tick evaluates a part of a long catch-up; another one follows until nothing is due.
    let before = -1;
    while (scheduler.status().windows !== before) {
      before = scheduler.status().windows;
      await scheduler.tick();
      const { failures } = scheduler.status();
      if (failures > 0) throw new Error('a window could not be evaluated');
    }
  }

  async createRule(name: string, data: JsonObject): Promise<void> {
    const { store, logpointId, userId } = await this.#open();
    const usual = { limit: 100, risk: 'high', aggregate: 'max', repos: ['default'], owner: userId, searchname: name };
    await store.write(ruleCreate, { logpointId, data: { ...usual, ...data }, by: BY });
  }

  async ingest(count: number, ofMs: number | null, fields: Pairs): Promise<void> {
    const eventAtMs = ofMs === null ? this.#nowMs : ScenarioWorld.START_MS + ofMs;
    const fromSeq = this.#events.length + 1;
    for (let i = 0; i < count; i += 1) {
      const values = newFields();
      for (const [name, value] of fields) values[name] = nthOf(value, i);
      const seq = this.#events.length + 1;
      this.#events.push({ seq, repo: 'default', eventAtMs, receivedAtMs: this.#nowMs, fields: values });
    }
    const { store } = await this.#open();
    const set = RuleSet.compile(await store.read(streamRules, null));
    const { logpointId } = await this.#open();
    const matcher = set.matcherOf({ poolId: '', logpointId, logpointName: 'lp1', repo: 'default' });
    const matches: Match[] = [];
    for (const event of this.#events.slice(fromSeq - 1)) matcher?.match(event, matches);
    this.#lastBatch = { stream: STREAM, fromSeq, toSeq: this.#events.length, matches };
    await this.replay();
  }

  async replay(): Promise<void> {
    const { store } = await this.#open();
    await store.write(applyMatches, this.#lastBatch);
  }

  async incidents(): Promise<readonly Readonly<Record<string, string>>[]> {
    const { store } = await this.#open();
    const rows = await store.read(own.incidents, null);
    return rows.map((row) => ({
      id: row.id,
      status: INCIDENT_STATUSES[row.status] ?? '',
      hits: String(row.hits),
      rows: String(row.rows),
      group: row.group,
      from: clockText(row.fromMs - ScenarioWorld.START_MS),
      to: clockText(row.toMs - ScenarioWorld.START_MS),
    }));
  }

  async work(verb: keyof typeof VERBS, number: number): Promise<void> {
    const { store, logpointId, userId } = await this.#open();
    const incidentId = present((await this.incidents())[number - 1], `incident ${number}`)['id'] ?? '';
    await store.write(own.verb, { verb, logpointId, incidentId, userId });
  }

  async counters(name: string): Promise<Readonly<Record<string, string>>> {
    const { store, logpointId } = await this.#open();
    const { id: ruleId } = await this.#rule(name);
    const [stats] = await store.read(ruleStats, { logpointId, ruleIds: [ruleId] });
    const { gaps, ...counters } = present(stats, `counters of ${name}`);
    const texts = Object.entries(counters).map(([key, value]): [string, string] => [key, String(value)]);
    return Object.fromEntries([...texts, ['gaps', String(gaps.length)]]);
  }

  async switchRule(name: string, active: boolean): Promise<void> {
    const { store, logpointId } = await this.#open();
    await store.write(own.switch, { logpointId, ruleId: (await this.#rule(name)).id, active });
  }

  async trashRule(name: string): Promise<void> {
    const { store, logpointId } = await this.#open();
    await store.write(own.trash, { logpointId, ruleId: (await this.#rule(name)).id });
  }

  async editRule(name: string, data: JsonObject): Promise<void> {
    const { store, logpointId } = await this.#open();
    await store.write(own.edit, { logpointId, ruleId: (await this.#rule(name)).id, data });
  }

  async #rule(name: string): Promise<AlertRule> {
    const { store, logpointId } = await this.#open();
    const rules = await store.read(ruleList, { logpointId });
    return present(
      rules.find((rule) => rule.name === name),
      `rule ${name}`,
    );
  }
}

function planOf(text: string): Plan {
  const { plan, errors } = planRuleQuery(text, noDefinitions);
  if (plan === null) throw new Error(errors.join('\n'));
  return plan;
}

function nthOf(value: string, i: number): string {
  const [, list] = /^\{(.*)\}$/.exec(value) ?? [];
  if (list === undefined) return value;
  const values = list.split(',');
  return values[i % values.length] ?? '';
}

function clockText(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const seconds = Math.abs(ms) / 1000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const rest = seconds % 60 === 0 ? '' : `:${two(seconds % 60)}`;
  return `${sign}${two(seconds / 3600)}:${two((seconds % 3600) / 60)}${rest}`;
}
