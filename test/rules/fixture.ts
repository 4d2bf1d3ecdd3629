import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInProcessControlStore } from '../../src/adapters/sqlite/in-process-control-store.ts';
import { type ControlStore, command, type Migration, query, registryOf } from '../../src/control/control-store.ts';
import { listMigrations } from '../../src/lists/migrations.ts';
import { type AlertRule, plainSettings } from '../../src/rules/alert-rule.ts';
import { applyMatches } from '../../src/rules/apply-matches.ts';
import { applyWindow, type WindowOutcome } from '../../src/rules/apply-window.ts';
import { modeOf } from '../../src/rules/condition.ts';
import type { Firing } from '../../src/rules/firing.ts';
import type { FiringSink } from '../../src/rules/firing-sink.ts';
import type { MatchBatch } from '../../src/rules/match.ts';
import { ruleMigrations } from '../../src/rules/migrations.ts';
import { ruleEntries } from '../../src/rules/registry.ts';
import { forgetFirings, switchRule } from '../../src/rules/rule-edits.ts';
import { listRuleStats, type StatsFilter } from '../../src/rules/rule-stats.ts';
import { deleteRule, insertRule, updateRule } from '../../src/rules/rule-store.ts';
import { beginSchedule, getSchedule } from '../../src/rules/schedule-store.ts';
import { settleMatches } from '../../src/rules/stateful/settle-matches.ts';
import { StateCache } from '../../src/rules/stateful/state-cache.ts';

/** How long decisions about several events wait in these tests. */
export const LATENESS_MS = 20_000;
export const LOGPOINT = '1'.repeat(32);
export const OWNER = '2'.repeat(24);

/** A rule that needs nothing but what the test is about. */
export function aRule(changes: Partial<AlertRule> = {}): AlertRule {
  const rule: AlertRule = {
    id: 'a'.repeat(24),
    logpointId: LOGPOINT,
    alertruleId: 'b'.repeat(32),
    ownerId: OWNER,
    active: true,
    mode: 'stream',
    version: 1,
    matchVersion: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
    name: 'a rule',
    description: '',
    query: 'action=login',
    repos: ['default'],
    ...plainSettings,
    rangeMinutes: 10,
    ...changes,
  };
  const isPlain = !rule.query.includes('|');
  return { ...rule, mode: changes.mode ?? modeOf(isPlain, rule.conditionOption, rule.conditionValue) };
}

/** What the sink of these tests keeps: the firing that raised it, and how often it was extended. */
export type RaisedIncident = {
  readonly id: string;
  readonly firing: Firing;
  readonly hits: number;
  readonly extensions: number;
  readonly status: string;
};

const sinkMigration: Migration = {
  id: 1000,
  name: 'sink of the rule tests',
  statements: [
    'create table test_incidents (id text primary key, number int, firing text, hits int, extensions int, status text)',
  ],
};

const sink: FiringSink = {
  raise: async (tx, firing) => {
    const row = await tx.get<{ n: number }>('select count(*) as n from test_incidents');
    const number = (row?.n ?? 0) + 1;
    const id = String(number).padStart(24, '0');
    await tx.run('insert into test_incidents values (?, ?, ?, ?, 0, ?)', [
      id,
      number,
      JSON.stringify(firing),
      firing.hits,
      'unresolved',
    ]);
    return id;
  },
  extend: async (tx, incidentId, firing) => {
    const { changes } = await tx.run(
      "update test_incidents set hits = hits + ?, extensions = extensions + 1 where id = ? and status = 'unresolved'",
      [firing.hits, incidentId],
    );
    return changes === 1;
  },
};

/** So small that groups leave it all the time. */
export const cache = new StateCache(2, 40);

export const commands = {
  insert: command('test.insert', async (tx, rule: AlertRule) => {
    await insertRule(tx, rule);
    if (rule.mode === 'schedule' && rule.active) await beginSchedule(tx, rule);
  }),
  update: command('test.update', (tx, rule: AlertRule) => updateRule(tx, rule)),
  /** As an edit after which the rule means other events. */
  change: command('test.change', async (tx, rule: AlertRule) => {
    await updateRule(tx, rule);
    await forgetFirings(tx, rule.id);
  }),
  switch: command('test.switch', (tx, { ruleId, active }: { ruleId: string; active: boolean }) =>
    switchRule(tx, LOGPOINT, ruleId, active, { actor: 'test' }),
  ),
  trash: command('test.trash', (tx, ruleId: string) => deleteRule(tx, ruleId)),
  applyMatches: command('test.applyMatches', (tx, batch: MatchBatch) => applyMatches(tx, batch, sink)),
  applyWindow: command('test.applyWindow', (tx, outcome: WindowOutcome) => applyWindow(tx, outcome, sink)),
  applyCached: command('test.applyCached', (tx, { batch, latenessMs }: { batch: MatchBatch; latenessMs: number }) =>
    applyMatches(tx, batch, sink, { latenessMs, cache }),
  ),
  applyCachedThenFail: command(
    'test.applyCachedThenFail',
    async (tx, { batch, latenessMs }: { batch: MatchBatch; latenessMs: number }) => {
      await applyMatches(tx, batch, sink, { latenessMs, cache });
      throw new Error('the process died before the commit');
    },
  ),
  settle: command('test.settle', (tx, { newestMs, latenessMs }: { newestMs: number; latenessMs: number }) =>
    settleMatches(tx, LOGPOINT, newestMs, sink, { latenessMs, cache }),
  ),
  settleStates: command('test.settleStates', async (tx, waitingSinceMs: number | null) => {
    await settleMatches(tx, LOGPOINT, waitingSinceMs ?? tx.nowMs, sink, { latenessMs: LATENESS_MS, cache });
    return cache.status();
  }),
  applyThenFail: command('test.applyThenFail', async (tx, batch: MatchBatch) => {
    await applyMatches(tx, batch, sink);
    throw new Error('the process died before the commit');
  }),
  setStatus: command('test.setStatus', (tx, input: { id: string; status: string }) =>
    tx.run('update test_incidents set status = ? where id = ?', [input.status, input.id]),
  ),
};

export const queries = {
  incidents: query('test.incidents', async (tx): Promise<RaisedIncident[]> => {
    const rows = await tx.all<{ id: string; firing: string; hits: number; extensions: number; status: string }>(
      'select id, firing, hits, extensions, status from test_incidents order by number',
    );
    return rows.map((row) => ({ ...row, firing: JSON.parse(row.firing) }));
  }),
  stats: query('test.stats', (tx, filter: StatsFilter) => listRuleStats(tx, filter)),
  schedule: query('test.schedule', (tx, ruleId: string) => getSchedule(tx, ruleId)),
  hitSeqs: query('test.hitSeqs', async (tx) => {
    const rows = await tx.all<{ seq: number }>('select seq from rule_matches where is_hit = 1 order by seq');
    return rows.map(({ seq }) => seq);
  }),
};

/** A store on a real file, with a clock that the test sets, that can be closed and opened again. */
export class RuleBench {
  nowMs: number;
  readonly dir = mkdtempSync(join(tmpdir(), 'tocsin-rules-'));
  #store: ControlStore | null = null;

  readonly #more: readonly Migration[];

  constructor(nowMs: number, more: readonly Migration[] = []) {
    this.nowMs = nowMs;
    this.#more = more;
  }

  async store(): Promise<ControlStore> {
    this.#store ??= await openInProcessControlStore({
      dir: this.dir,
      registry: registryOf([...Object.values(commands), ...Object.values(queries), ...ruleEntries]),
      migrations: [...listMigrations, ...ruleMigrations, ...this.#more, sinkMigration],
      clock: () => this.nowMs,
    });
    return this.#store;
  }

  async restart(): Promise<void> {
    await this.#store?.close();
    this.#store = null;
  }

  async close(): Promise<void> {
    await this.restart();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async insert(rule: AlertRule): Promise<void> {
    await (await this.store()).write(commands.insert, rule);
  }

  async incidents(): Promise<RaisedIncident[]> {
    return (await this.store()).read(queries.incidents, undefined);
  }

  async stats(ruleId: string) {
    const [stats] = await (await this.store()).read(queries.stats, { logpointId: LOGPOINT, ruleIds: [ruleId] });
    if (stats === undefined) throw new Error(`rule ${ruleId} has no counters`);
    return stats;
  }
}
