import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  Director,
  eventually,
  type Founded,
  initFolder,
  ServerProcess,
  temporaryFolder,
} from '../e2e/tocsin-process.ts';

// The data folder on a small file system that is filled and emptied again: everything is refused in the envelope,
// nothing is half done, reads go on, and with room again everything goes on by itself.

const MIB = 1024 * 1024;
const folder = temporaryFolder();
const disk = folder.dir;
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk]).status === 0;
const leftOut = mounted ? '' : ' (left out: no right to mount a file system)';
const filler = `${disk}/filler`;
let founded: Founded;
let server: ServerProcess;
let director: Director;

beforeAll(async () => {
  if (!mounted) return;
  founded = await initFolder(`${disk}/data`);
  server = await ServerProcess.start(`${disk}/data`);
  director = new Director(server.url, founded);
});
afterAll(async () => {
  if (mounted) {
    await server.kill();
    // At once: eventd, which ends by itself, may not have closed its last file yet.
    execFileSync('umount', ['-l', disk]);
  }
  folder.remove();
});

/** Takes every byte that is left. */
function fill(): void {
  const file = openSync(filler, 'a');
  const blocks = [Buffer.alloc(MIB), Buffer.alloc(4096), Buffer.alloc(1)];
  for (const block of blocks) {
    try {
      for (;;) writeSync(file, block);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
  closeSync(file);
}

const batch = (name: string): string =>
  Array.from({ length: 2_000 }, (_, i) => JSON.stringify({ user: name, number: i, pad: 'x'.repeat(500) })).join('\n');

const group = (name: string) => ({ name, description: 'x'.repeat(1_000) });

async function count(user: string): Promise<number> {
  const toS = Math.floor(Date.now() / 1000) + 60;
  const data = { query: `user=${user} | chart count() as n`, time_range: [0, toS], user_id: founded.admin.id };
  return Number((await director.rows('Search/logs/fetch', data))[0]?.['n']);
}

test.skipIf(!mounted)(
  `a full disk refuses, keeps what was acknowledged, and is forgotten when there is room${leftOut}`,
  async () => {
    expect((await director.ingest(batch('before'))).status).toBe(200);
    await eventually(async () => ((await count('before')) === 2_000 ? true : undefined), 'the lines of before');
    fill();

    const ingest = await director.ingest(batch('refused'));
    expect([ingest.status, await ingest.json()]).toEqual([
      503,
      { status: 'Error', message: expect.stringMatching(/disk .* full/) },
    ]);
    expect(Number(ingest.headers.get('retry-after'))).toBeGreaterThan(0);
    // What is left of the last block of the log file takes some small changes; then each is refused.
    const place = (name: string) =>
      director.request('POST', `/configapi/${director.tenant}/UserGroups`, { data: group(name) });
    const made: string[] = [];
    const refusal = await eventually(async () => {
      const name = `group-${made.length}`;
      const answer = await place(name);
      if (answer.status !== 200) return answer;
      made.push(name);
      return undefined;
    }, 'a refused change');
    expect([refusal.status, await refusal.json()]).toEqual([
      503,
      { status: 'Error', message: expect.stringMatching(/no space is left/) },
    ]);
    const names = async () =>
      ((await director.list('UserGroups')) as { name: string }[])
        .map(({ name }) => name)
        .filter((name) => name.startsWith('group-'));
    expect((await names()).sort()).toEqual([...made].sort());
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);

    rmSync(filler);
    await eventually(async () => ((await director.ingest(batch('after'))).status === 200 ? true : undefined), 'room');
    await eventually(async () => ((await count('after')) === 2_000 ? true : undefined), 'the lines of after');
    expect(await count('before')).toBe(2_000);
    expect(await count('refused')).toBe(0);
    expect(await director.order('UserGroups', group('with room'))).toMatchObject({ success: true });
    expect(await server.stop()).toBe(0);
  },
);
