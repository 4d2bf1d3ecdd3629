import {
  type ControlStore,
  command,
  type Migration,
  query,
  type Registry,
  registryOf,
  type Tx,
} from '../../control/control-store.ts';
import type { Clock } from '../../shared/clock.ts';
import type { LogpointId, ObjectId } from '../../shared/ids.ts';
import type { AlertRule } from '../alert-rule.ts';
import { applyMatches } from '../apply-matches.ts';
import { applyWindow, type WindowOutcome } from '../apply-window.ts';
import type { Firing } from '../firing.ts';
import type { FiringSink } from '../firing-sink.ts';
import type { MatchBatch } from '../match.ts';
import { ruleMigrations } from '../migrations.ts';
import { listRuleStats, type RuleStats } from '../rule-stats.ts';
import { insertRule } from '../rule-store.ts';
import { saveSchedule } from '../schedule-store.ts';
import { settleMatches } from '../stateful/settle-matches.ts';
import { StateCache } from '../stateful/state-cache.ts';
import type { StreamException } from '../stream-rule.ts';

/**
 * A store of its own for one backtest: the very code that fires live, on tables that are thrown away. `clock` is the time
 * that is played, so that what is kept and swept is what it was.
 */
export type OpenScratch = (parts: {
  readonly registry: Registry;
  readonly migrations: readonly Migration[];
  readonly clock: Clock;
}) => Promise<ControlStore>;

/** An incident as it would have been: what raised it, and the hits that came to it. */
export type PlayedIncident = { readonly firing: Firing; readonly hits: number; readonly lastToMs: number };

const incidentsMigration: Migration = {
  id: 1_000_000,
  name: 'incidents of a backtest',
  statements: [
    `create table played_incidents (
      number integer primary key,
      firing text not null,
      hits bigint not null,
      last_to_ms bigint not null
    )`,
  ],
};

const idOf = (number: number): ObjectId => number.toString(16).padStart(24, '0');

/** Nobody works these incidents: each stays unresolved. */
const sink: FiringSink = {
  async raise(tx: Tx, firing) {
    const row = await tx.get<{ n: number }>('select count(*) as n from played_incidents');
    const number = (row?.n ?? 0) + 1;
    await tx.run('insert into played_incidents (number, firing, hits, last_to_ms) values (?, ?, ?, ?)', [
      number,
      JSON.stringify(firing),
      firing.hits,
      firing.windowToMs,
    ]);
    return idOf(number);
  },
  async extend(tx, incidentId, firing) {
    const { changes } = await tx.run(
      `update played_incidents set hits = hits + ?,
         last_to_ms = case when last_to_ms > ? then last_to_ms else ? end where number = ?`,
      [firing.hits, firing.windowToMs, firing.windowToMs, Number.parseInt(incidentId, 16)],
    );
    return changes === 1;
  },
};

type Begin = { readonly rule: AlertRule; readonly exceptions: readonly StreamException[]; readonly fromMs: number };

const begin = command('backtest.begin', async (tx, { rule, exceptions, fromMs }: Begin) => {
  await insertRule(tx, rule);
  if (rule.mode === 'schedule') {
    await saveSchedule(tx, rule, { toMs: fromMs, flushedToMs: 0, failures: 0, retryAtMs: 0, lastError: null });
  }
  for (const { id, query: text } of exceptions) {
    await tx.run(
      `insert into rule_exceptions (id, logpoint_id, name, rule_ids, query, owner, reason, is_expired, created_at_ms,
         updated_at_ms) values (?, ?, ?, null, ?, '', '', 0, 0, 0)`,
      [id, rule.logpointId, id, text],
    );
  }
});
const matches = command('backtest.matches', (tx, batch: MatchBatch) =>
  applyMatches(tx, batch, sink, { latenessMs: 0, cache: new StateCache() }),
);
const settle = command('backtest.settle', (tx, logpointId: LogpointId) =>
  settleMatches(tx, logpointId, tx.nowMs, sink, { latenessMs: 0, cache: new StateCache() }),
);
const window = command('backtest.window', (tx, outcome: WindowOutcome) => applyWindow(tx, outcome, sink));
const stats = query('backtest.stats', async (tx, rule: AlertRule): Promise<RuleStats | null> => {
  return (await listRuleStats(tx, { logpointId: rule.logpointId, ruleIds: [rule.id] }))[0] ?? null;
});
type PlayedRow = { firing: string; hits: number; last_to_ms: number };
const incidents = query('backtest.incidents', async (tx, countMax: number): Promise<PlayedIncident[]> => {
  const rows = await tx.all<PlayedRow>(
    'select firing, hits, last_to_ms from played_incidents order by number limit ?',
    [countMax],
  );
  return rows.map((row) => ({ firing: JSON.parse(row.firing), hits: row.hits, lastToMs: row.last_to_ms }));
});

export const scratchCommands = { begin, matches, settle, window, stats, incidents };
export const scratchRegistry: Registry = registryOf([begin, matches, settle, window, stats, incidents]);
export const scratchMigrations: readonly Migration[] = [...ruleMigrations, incidentsMigration];
