import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isJsonObject } from '../../src/shared/json.ts';
import {
  CLI,
  Director,
  eventually,
  type Founded,
  initFolder,
  runCommand,
  ServerProcess,
  temporaryFolder,
} from './tocsin-process.ts';

const LOOKS_MAX = 10_000_000;

const folder = temporaryFolder();
const dataDir = join(folder.dir, 'data');
let founded: Founded;
let server: ServerProcess;
let director: Director;

beforeAll(async () => {
  founded = await initFolder(dataDir);
  server = await ServerProcess.start(dataDir);
  director = new Director(server.url, founded);
  const rule = {
    searchname: 'each traffic line',
    owner: founded.admin.id,
    risk: 'low',
    query: 'kind=traffic',
    repos: ['default'],
    timerange_minute: 5,
    condition_option: 'greaterthan',
    condition_value: 0,
    limit: 25,
    aggregate: 'max',
  };
  expect(await director.order('AlertRules', rule)).toMatchObject({ success: true });
});
afterAll(async () => {
  await server.stop();
  folder.remove();
});

/** Lines and orders, one after the other, until it is told to stop. Remembers what was acknowledged. */
class Traffic {
  readonly lines: number[] = [];
  readonly groups: number[] = [];
  #isOn = true;
  #next = 0;
  readonly #running: Promise<unknown>;

  constructor() {
    this.#running = Promise.all([this.#sendLines(), this.#placeOrders()]);
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#running;
  }

  async #sendLines(): Promise<void> {
    while (this.#isOn) {
      const n = this.#next++;
      const answer = await director.ingest(`{"kind":"traffic","n":"n${n}"}`);
      if (!answer.ok) throw new Error(`a line was refused: ${answer.status} ${await answer.text()}`);
      this.lines.push(n);
    }
  }

  async #placeOrders(): Promise<void> {
    for (let n = 0; this.#isOn; n++) {
      expect(await director.order('UserGroups', { name: `group ${n}` })).toMatchObject({ success: true });
      this.groups.push(n);
    }
  }
}

const search = () => ({
  query: 'kind=traffic',
  time_range: [0, 4102444800],
  user_id: founded.admin.id,
  limit: 10_000,
});

/** Numbers of the lines in a copy, once its journal is played: then each is one hit of the rule's incident. */
function linesOf(copy: Director): Promise<string[]> {
  return eventually(async () => {
    const rows = await copy.rows('Search/logs/fetch', search());
    const incidents = await copy.list('Incidents');
    const [incident] = Array.isArray(incidents) ? incidents.filter(isJsonObject) : [];
    return rows.length > 0 && incident?.['hits'] === rows.length ? rows.map((row) => String(row['n'])) : undefined;
  }, 'a hit for each line of the copy, and no more');
}

test('a backup of a server under traffic is whole, sound, and holds all that was acknowledged before it', async () => {
  const traffic = new Traffic();
  await eventually(async () => (traffic.lines.length > 30 && traffic.groups.length > 5 ? true : undefined), 'traffic');
  const [lines, groups] = [traffic.lines.length, traffic.groups.length];
  const out = join(folder.dir, 'backup');
  const taken = await runCommand(['backup', out, '--data', dataDir, '--json']);
  expect(taken).toMatchObject({ code: 0, stderr: '' });
  const during = traffic.lines.length;
  await eventually(async () => (traffic.lines.length > during ? true : undefined), 'traffic after the backup');
  await traffic.stop();
  expect(during).toBeGreaterThan(lines);
  expect(existsSync(join(dataDir, 'backup.staging'))).toBe(false);

  const restored = join(folder.dir, 'restored');
  expect(await runCommand(['restore', out, '--data', restored])).toMatchObject({ code: 0, stderr: '' });
  const verified = await runCommand(['verify', '--data', restored, '--json']);
  expect(JSON.parse(verified.stdout)).toMatchObject({ sound: true, events: { read: true } });
  const copy = await ServerProcess.start(restored);
  try {
    const from = new Director(copy.url, founded);
    const kept = await linesOf(from);
    // Each at most once, although the journal of the copy is played over its events.
    expect(new Set(kept).size).toBe(kept.length);
    expect(kept).toEqual(expect.arrayContaining(traffic.lines.slice(0, lines).map((n) => `n${n}`)));
    const names = JSON.stringify(await from.list('UserGroups'));
    for (const n of traffic.groups.slice(0, groups)) expect(names).toContain(`"group ${n}"`);
  } finally {
    await copy.stop();
  }
});

test('a backup that is killed leaves nothing that looks whole, and the next one takes its place', async () => {
  const out = join(folder.dir, 'cut');
  const child = spawn(process.execPath, [CLI, 'backup', out, '--data', dataDir], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  // Looked for without a pause: a copy of a small folder is taken in no time.
  for (let looks = 0; !existsSync(join(dataDir, 'backup.staging')); looks++) {
    if (looks > LOOKS_MAX) throw new Error('nothing was frozen');
    await new Promise((resolve) => setImmediate(resolve));
  }
  child.kill('SIGKILL');
  await ended;
  expect(existsSync(out)).toBe(false);
  const refused = await runCommand(['restore', `${out}.partial`, '--data', join(folder.dir, 'never')]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('BACKUP_INVALID')]);
  // Lines are accepted while deliveries are held.
  expect((await director.ingest('{"kind":"other"}')).status).toBe(200);
  expect(await runCommand(['backup', out, '--data', dataDir])).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(folder.dir)).not.toContain('cut.partial');
  expect(readdirSync(out)).toEqual(expect.arrayContaining(['backup.json', 'control.db', 'events', 'journal']));
});

test('one backup at a time, and one that was given up cannot be sealed', async () => {
  const begun = (await (await director.request('POST', '/backup', { pid: process.pid })).json()) as { id: string };
  const second = await director.request('POST', '/backup', { pid: process.pid });
  expect([second.status, await second.text()]).toEqual([409, expect.stringContaining('is taking a backup')]);
  expect((await director.request('POST', '/backup/unknown/seal')).status).toBe(404);
  expect((await director.request('DELETE', `/backup/${begun.id}`)).status).toBe(200);
  expect((await director.request('POST', `/backup/${begun.id}/seal`)).status).toBe(404);
});
