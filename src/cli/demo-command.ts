import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import type { RowOf, TocsinClient } from '../client/client.ts';
import { resolveSettings } from '../config/load-settings.ts';
import type { RunningTocsin } from '../main.ts';
import { AppError } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import { serverAt } from './connection.ts';
import { createSampleRules, ingestSampleLogs } from './demo-samples.ts';
import { DEFAULT_NAMES, type FoundedAnswer, initDataDir } from './init-command.ts';
import { printable, type Streams } from './output.ts';
import { stopSignal } from './serve-command.ts';

/** How long the sample logs may take to become incidents before the demo says that something is wrong. */
const FIRST_INCIDENT_WAIT_MS_MAX = 60_000;
const LOOK_EVERY_MS = 300;
/** Looks without a new incident after which the sample logs have become all that the stream makes of them. */
const QUIET_ROUNDS = 5;
/** The same key in the printed line answers the order that the next printed line polls. */
const FETCH_KEY = 'demo-fetch';

type Incident = RowOf<'FetchIncidents'>;
type Demo = {
  readonly streams: Streams;
  readonly server: RunningTocsin;
  /** Bound to the logpoint of the demo. */
  readonly tenant: TocsinClient;
  readonly founded: FoundedAnswer;
};

export function demoCommand(streams: Streams): Command {
  return new Command('demo')
    .description('Start on a temporary folder with sample rules, logs and incidents.')
    .option('--data <dir>', 'folder to make and keep, instead of a temporary one')
    .option('--port <port>', 'port of the HTTP server; a free one when not given', '0')
    .option('--once', 'end after the first incident has been worked through the API')
    .action(async (options: { data?: string; port: string; once?: boolean }) => {
      const root = options.data === undefined ? mkdtempSync(join(tmpdir(), 'tocsin-demo-')) : undefined;
      const dataDir = options.data ?? join(root ?? tmpdir(), 'data');
      try {
        await runDemo(dataDir, options.port, options.once === true, streams);
      } finally {
        if (root !== undefined) rmSync(root, { recursive: true, force: true, maxRetries: 3 });
      }
    });
}

async function runDemo(dataDir: string, port: string, isOnce: boolean, streams: Streams): Promise<void> {
  const stopped = stopSignal();
  const [{ startTocsin }, { createLogger }] = await Promise.all([import('../main.ts'), import('../logger.ts')]);
  const settings = resolveSettings({ flags: { port, 'rules.settleSeconds': '0' }, environment: {}, file: new Map() });
  tell(streams, `Making a data folder: ${dataDir}`);
  const founded = await initDataDir(dataDir, DEFAULT_NAMES);
  const server = await startTocsin({ dataDir, settings, logger: createLogger('error', 2) });
  try {
    await server.ready();
    tell(streams, `Serving on ${server.url}`);
    const tenant = serverAt(server.url, founded.token).at(founded.pool_uuid, founded.logpoint_identifier);
    const demo: Demo = { streams, server, tenant, founded };
    await loadSamples(demo);
    const told = new Map<string, Incident>();
    await watchIncidents(demo, told, (quietRounds) => quietRounds >= QUIET_ROUNDS);
    const first = [...told.values()][0];
    if (isOnce) return await workIncident(demo, first);
    await printInvitation(demo, first);
    tell(streams, '\nScheduled rules tell of more within a minute or two. Ctrl-C ends the demo.');
    let isStopped = false;
    const watching = watchIncidents(demo, told, () => isStopped);
    await stopped;
    isStopped = true;
    await watching;
  } finally {
    await server.close();
  }
}

async function loadSamples({ streams, tenant, founded }: Demo): Promise<void> {
  const rules = await createSampleRules(tenant, founded.admin.id);
  tell(streams, `Created ${rules} alert rules from samples/rules.`);
  for (const { file, accepted } of await ingestSampleLogs(tenant, 'default')) {
    tell(streams, `Sent samples/logs/${file}: ${accepted} events are durable.`);
  }
}

/** Tells of every incident as it is raised, until `isEnough`. @throws AppError `DEMO_NO_INCIDENT` */
async function watchIncidents(
  { streams, tenant }: Demo,
  told: Map<string, Incident>,
  isEnough: (quietRounds: number) => boolean,
): Promise<void> {
  const startedAt = performance.now();
  for (let quietRounds = 0; !isEnough(quietRounds); ) {
    const { rows } = await tenant.order('FetchIncidents');
    const fresh = rows.filter(({ id }) => !told.has(id));
    for (const row of fresh.reverse()) {
      told.set(row.id, row);
      tell(streams, `  incident  ${row.risk.padEnd(8)} ${printable(row.name)}`);
    }
    quietRounds = fresh.length > 0 || told.size === 0 ? 0 : quietRounds + 1;
    if (told.size === 0 && performance.now() - startedAt > FIRST_INCIDENT_WAIT_MS_MAX) {
      throw new AppError('unavailable', 'DEMO_NO_INCIDENT', 'the sample logs raised no incident');
    }
    await wait(LOOK_EVERY_MS);
  }
}

async function workIncident({ streams, tenant, founded }: Demo, incident: Incident | undefined): Promise<void> {
  const path = { id: incident?.id ?? '' };
  const acting = { incident_user_id: founded.admin.id };
  tell(streams, `\nWorking "${printable(incident?.name ?? '')}" through the API:`);
  const { rows } = await tenant.order('FetchIncidentData', { path });
  tell(streams, `  fetchIncidentData: ${countEvents(rows)} events`);
  const comment = await tenant.order('Comment', { path, data: { ...acting, comment: 'Seen in the demo.' } });
  tell(streams, `  comment: ${comment.message}`);
  const resolved = await tenant.order('Resolve', { path, data: acting });
  tell(streams, `  resolve: ${resolved.message}`);
  const closed = await tenant.order('Close', { path, data: acting });
  tell(streams, `  close: ${closed.message}`);
}

function countEvents(groups: readonly JsonObject[]): number {
  return groups.reduce((sum, group) => {
    const events = group['_participating_events'];
    return sum + (Array.isArray(events) ? events.length : 0);
  }, 0);
}

/** Three lines that work as they stand. */
async function printInvitation(
  { streams, server, tenant, founded }: Demo,
  incident: Incident | undefined,
): Promise<void> {
  const base = `/configapi/${founded.pool_uuid}/${founded.logpoint_identifier}`;
  const fetchUrl = `${server.url}${base}/Incidents/fetch`;
  const fetched = await tenant.place('FetchIncidents', { ...FETCH_BODY, idempotencyKey: FETCH_KEY });
  const auth = `-H 'Authorization: Bearer ${founded.token}'`;
  const json = "-H 'Content-Type: application/json'";
  const resolve = JSON.stringify({ data: { incident_user_id: founded.admin.id } });
  const resolveUrl = `${server.url}${base}/Incidents/${incident?.id ?? ''}/resolve`;
  tell(streams, `\nConsole:  ${server.url}/  (the API is described at ${server.url}/docs)`);
  tell(streams, `Login:    ${founded.admin.username} / ${founded.admin.password}`);
  tell(streams, `Token:    ${founded.token}`);
  tell(streams, '\nFetch unresolved incidents (the answer names an order):');
  tell(
    streams,
    `curl -s ${auth} ${json} -H 'Idempotency-Key: ${FETCH_KEY}' -d '${JSON.stringify(FETCH_BODY)}' '${fetchUrl}'`,
  );
  tell(streams, '\nPoll the order:');
  tell(streams, `curl -s ${auth} '${server.url}${fetched.path}?wait=10'`);
  tell(streams, `\nResolve "${printable(String(incident?.['name']))}":`);
  tell(streams, `curl -s ${auth} ${json} -d '${resolve}' '${resolveUrl}'`);
}

const FETCH_BODY = { data: { status: ['unresolved'] } };

const tell = (streams: Streams, line: string): void => void streams.out.write(`${line}\n`);
