import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openInProcessControlStore } from '../../src/adapters/sqlite/in-process-control-store.ts';
import { command, query, registryOf } from '../../src/control/control-store.ts';
import { migrations } from '../../src/control-registry.ts';
import { setRuleNotification } from '../../src/notify/rule-notification.ts';
import { newHex32, newObjectId } from '../../src/shared/ids.ts';

export type KillRuns = {
  /** Processes that are killed; one more runs to the end. */
  readonly kills: number;
  readonly incidentsPerRun: number;
  readonly seed: number;
};

export type KillReport = {
  readonly committed: ReadonlySet<string>;
  readonly rolledBack: ReadonlySet<string>;
  /** Ids of deliveries that arrived, by incident; as often as they arrived. */
  readonly arrived: ReadonlyMap<string, readonly string[]>;
  /** What the store says: the id of the delivery and its state, by incident. */
  readonly stored: ReadonlyMap<string, { readonly deliveryId: string; readonly state: string }>;
};

/** Where the promise was broken, in words. */
export function violations(report: KillReport): string[] {
  const wrong: string[] = [];
  for (const id of report.committed) if (!report.arrived.has(id)) wrong.push(`${id} was committed and never arrived`);
  for (const id of report.rolledBack) if (report.arrived.has(id)) wrong.push(`${id} was rolled back and arrived`);
  for (const [id, deliveries] of report.arrived) {
    if (new Set(deliveries).size !== 1) wrong.push(`${id} arrived under several ids`);
    const stored = report.stored.get(id);
    if (stored?.deliveryId !== deliveries[0]) wrong.push(`${id} arrived under an id that the store does not know`);
  }
  for (const [id, { state }] of report.stored) if (state !== 'delivered') wrong.push(`${id} ended as ${state}`);
  return wrong;
}

/** Park and Miller's generator: the same seed kills at the same places of the plan. */
function randomOf(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/**
 * Starts a notifying node again and again on one data folder, kills it without warning, and lets the last one finish.
 * The receiver flaps: it refuses, hangs, and sometimes takes a notification and breaks off before it answers.
 */
export async function killRuns(dir: string, { kills, incidentsPerRun, seed }: KillRuns): Promise<KillReport> {
  const random = randomOf(seed);
  const arrived = new Map<string, string[]>();
  const server = createServer((request, response) => receive(request, response, random, arrived));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const logpointId = newHex32();
  const ruleId = newObjectId(0);
  await addRule(dir, logpointId, ruleId, `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`);
  const committed = new Set<string>();
  const rolledBack = new Set<string>();
  const onLine = (line: string): void => {
    const [word, id = ''] = line.split(' ');
    if (word === 'committed') committed.add(id);
    if (word === 'rolled-back') rolledBack.add(id);
  };
  for (let run = 0; run <= kills; run += 1) {
    const isLast = run === kills;
    const child = startNode([dir, ruleId, logpointId, String(isLast ? 0 : incidentsPerRun)]);
    const linesBeforeKill = isLast ? Number.POSITIVE_INFINITY : 1 + Math.floor(random() * incidentsPerRun);
    const waitMs = random() * 40;
    await untilGone(child, linesBeforeKill, waitMs, onLine);
  }
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { committed, rolledBack, arrived, stored: await readOutbox(dir) };
}

function receive(
  request: IncomingMessage,
  response: ServerResponse,
  random: () => number,
  arrived: Map<string, string[]>,
): void {
  const mood = random();
  if (mood < 0.25) {
    request.resume();
    response.writeHead(503).end();
    return;
  }
  if (mood < 0.3) return;
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body: { data: { id: string } } = JSON.parse(Buffer.concat(chunks).toString());
    const ids = arrived.get(body.data.id) ?? [];
    arrived.set(body.data.id, [...ids, String(request.headers['webhook-id'])]);
    if (mood < 0.45) request.socket.destroy();
    else response.end();
  });
}

const NODE = join(import.meta.dirname, 'notifying-node.mjs');

function startNode(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [NODE, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Kills the child some time after it has printed so many lines. @throws Error when it fails by itself */
function untilGone(
  child: ChildProcess,
  linesBeforeKill: number,
  waitMs: number,
  onLine: (line: string) => void,
): Promise<void> {
  let lines = 0;
  let isKilled = false;
  if (child.stdout === null) throw new Error('the child has no output');
  createInterface({ input: child.stdout }).on('line', (line) => {
    onLine(line);
    lines += 1;
    if (lines !== linesBeforeKill) return;
    setTimeout(() => {
      isKilled = true;
      child.kill('SIGKILL');
    }, waitMs);
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (isKilled || code === 0) resolve();
      else reject(new Error(`the node ended with ${code}`));
    });
  });
}

const setCommand = command('test.set', setRuleNotification);
const outboxQuery = query('test.outbox', (tx, _: null) =>
  tx.all<{ incident_id: string; delivery_id: string; state: string }>(
    'select incident_id, delivery_id, state from outbox',
  ),
);

const open = (dir: string) =>
  openInProcessControlStore({
    dir,
    registry: registryOf([setCommand, outboxQuery]),
    migrations,
    clock: Date.now,
  });

async function addRule(dir: string, logpointId: string, ruleId: string, url: string): Promise<void> {
  const store = await open(dir);
  await store.write(setCommand, {
    logpointId,
    ruleId,
    dispatchOption: 'auto',
    settings: { channel: 'http', url, method: 'POST', queryString: '', body: '', authType: null, authKey: '' },
    thresholdMs: 0,
    notifyOn: [],
    sealedSecrets: null,
  });
  await store.close();
}

async function readOutbox(dir: string): Promise<KillReport['stored']> {
  const store = await open(dir);
  const rows = await store.read(outboxQuery, null);
  await store.close();
  return new Map(rows.map((row) => [row.incident_id, { deliveryId: row.delivery_id, state: row.state }]));
}
