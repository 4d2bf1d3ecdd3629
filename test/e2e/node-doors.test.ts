import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { initFolder, ServerProcess } from './tocsin-process.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

test('a port of a logpoint serves the plain paths of the node API for it, and nothing else', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-doors-'));
  try {
    const { admin, logpoint_identifier: logpoint } = await initFolder(dataDir);
    const port = await freePort();
    const server = await ServerProcess.start(dataDir, '--node-ports', `${port}=${logpoint}`);
    try {
      const door = `http://127.0.0.1:${port}`;
      const post = async (path: string) => {
        const body = JSON.stringify({ username: admin.username, secret_key: admin.access_key });
        const answer = await fetch(`${door}${path}`, { method: 'POST', body });
        expect(answer.status).toBe(200);
        return answer.json();
      };
      expect(await post('/get_users')).toMatchObject({ success: true });
      expect(await post(`/node/${logpoint}/get_users/`)).toMatchObject({ success: true });
      const wrong = `/node/${'0'.repeat(32)}/get_users`;
      expect(await post(wrong)).toEqual({ success: false, message: 'Authentication Failed' });
      for (const path of ['/metrics', '/openapi.json', '/configapi/a/b/Incidents', '/']) {
        expect(await post(path)).toEqual({ success: false, message: expect.stringContaining('unknown') });
      }
    } finally {
      expect(await server.stop()).toBe(0);
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 120_000);
