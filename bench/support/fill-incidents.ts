import { openInProcessControlStore } from '../../src/adapters/sqlite/in-process-control-store.ts';
import { command, registryOf, type SqlValue } from '../../src/control/control-store.ts';
import { migrations } from '../../src/control-registry.ts';
import { saveSource, sourceOf } from '../../src/incidents/incident-source.ts';
import { type AlertRule, RISKS } from '../../src/rules/alert-rule.ts';
import { digestHex } from '../../src/shared/ids.ts';

const ROWS_PER_STATEMENT = 500;
const ROWS_PER_COMMAND = 50_000;
const TECHNIQUES = ['T1110.001', 'T1059.001', 'T1003.001', 'T1190', 'T1548.003', 'T1078'];

export type Fill = {
  /** The data folder of a server that does not run. */
  readonly dir: string;
  readonly logpointId: string;
  /** Id of the user who owns them all. */
  readonly userId: string;
  readonly count: number;
  /** Incidents are spread over this time until now. */
  readonly spreadMs: number;
  readonly rules: number;
  /** Share of incidents that are unresolved; of the rest a third is resolved. */
  readonly unresolved: number;
};

let seed = 42;
const random = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 4_294_967_296;
};
const hexId = (kind: number, n: number): string =>
  kind.toString(16).padStart(8, '0') + n.toString(16).padStart(16, '0');

function ruleOf(logpointId: string, ownerId: string, n: number): AlertRule {
  const technique = TECHNIQUES[n % TECHNIQUES.length] ?? '';
  return {
    id: hexId(2, n),
    logpointId,
    alertruleId: digestHex(['rule', String(n)], 32),
    ownerId,
    active: true,
    mode: 'stream',
    version: 1,
    matchVersion: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
    name: `Suspicious ${['login', 'process', 'service', 'scan', 'tunnel'][n % 5]} activity ${n}`,
    description: 'What the rule looks for and why that is worth a look.',
    query: `label=Process label=Create process="*\\\\tool${n}.exe"`,
    repos: ['default'],
    limit: 100,
    rangeMinutes: 5,
    intervalMinutes: 1,
    delayMinutes: 0,
    conditionOption: 'greaterthan',
    conditionValue: 0,
    risk: RISKS[n % 23 === 0 ? 3 : n % 3] ?? 'low',
    aggregate: 'max',
    flushOnTrigger: false,
    assignedTo: ownerId,
    manageableBy: [],
    attack: [{ id: hexId(3, n % 6), hash: '', attackId: technique, attackTag: technique, attackCategory: 'Execution' }],
    logSource: [`source ${n % 12}`],
    metadata: [],
    applyJinjaTemplate: false,
    alertContextTemplate: '',
    throttling: null,
    originalData: false,
  };
}

type Input = Omit<Fill, 'dir'> & { readonly sources: readonly string[]; readonly from: number; readonly part: number };

const addSources = command('bench.addSources', async (tx, fill: Omit<Fill, 'dir'>) => {
  const sources: string[] = [];
  for (let n = 0; n < fill.rules; n++)
    sources.push(await saveSource(tx, sourceOf(ruleOf(fill.logpointId, fill.userId, n))));
  return sources;
});

/** Rows as `raiseIncident` writes them, many to a statement. */
const addRows = command('bench.addRows', async (tx, input: Input) => {
  const risks = input.sources.map((_, n) => RISKS.indexOf(ruleOf('', '', n).risk));
  const end = Math.min(input.count, input.from + input.part);
  const nowMs = tx.nowMs;
  for (let start = input.from; start < end; start += ROWS_PER_STATEMENT) {
    const rows: SqlValue[][] = [];
    for (let n = start; n < Math.min(end, start + ROWS_PER_STATEMENT); n++) {
      // Few rules fire most.
      const rule = Math.floor(input.rules * random() ** 3);
      const at = nowMs - Math.floor(random() * input.spreadMs);
      const status = random() < input.unresolved ? 0 : random() < 0.33 ? 1 : 2;
      const seconds = Math.floor(at / 1000);
      const id = seconds.toString(16).padStart(8, '0') + digestHex([String(n)], 16);
      const risk = risks[rule] ?? 0;
      const who = [input.logpointId, n + 1, input.sources[rule] ?? '', risk, status, input.userId];
      const when = [at, at - 300_000, at, at - 300_000, at];
      rows.push([id, ...who, ...when, '', digestHex(['f', String(n)], 32), 3, 3, at, at, 0, 0]);
    }
    const mark = `(${(rows[0] ?? []).map(() => '?').join(', ')})`;
    await tx.run(
      `insert into incidents (id, logpoint_id, number, source_id, risk, status, assigned_to, detected_at, window_from,
         window_to, events_from, events_to, group_key, firing_key, rows_count, hits, last_hit_at, updated_at, comments_count, comments_chars)
       values ${rows.map(() => mark).join(', ')}`,
      rows.flat(),
    );
  }
  await tx.run(
    `insert into incident_counters (logpoint_id, last_number) values (?, ?)
     on conflict (logpoint_id) do update set last_number = excluded.last_number`,
    [input.logpointId, end],
  );
});

/** Puts incidents into a server's folder before it starts, as many years of work would. */
export async function fillIncidents({ dir, ...fill }: Fill): Promise<void> {
  const store = await openInProcessControlStore({
    dir,
    registry: registryOf([addSources, addRows]),
    migrations,
    clock: () => Date.now(),
    // Nobody's work is lost with it: no commit has to wait for the disk.
    isScratch: true,
  });
  try {
    const sources = await store.write(addSources, fill);
    for (let from = 0; from < fill.count; from += ROWS_PER_COMMAND) {
      await store.write(addRows, { ...fill, sources, from, part: ROWS_PER_COMMAND });
    }
  } finally {
    await store.close();
  }
}
