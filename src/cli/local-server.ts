import { randomUUID } from 'node:crypto';
import { tokensIssue, tokensRevoke } from '../accounts/registry.ts';
import { findHolder } from '../adapters/sqlite/folder-lock.ts';
import type { TocsinClient } from '../client/client.ts';
import { readSettingsFile, resolveSettings } from '../config/load-settings.ts';
import { serverAt } from './connection.ts';
import { requireDataDir, withControlStore } from './data-folder.ts';

/**
 * Runs `work` over the API of the server that has the data folder. When none has it, one is started for the time of the
 * work, on a port of its own on loopback. The token is made for the work and revoked after it.
 */
export async function withLocalServer<T>(dataDir: string, work: (client: TocsinClient) => Promise<T>): Promise<T> {
  requireDataDir(dataDir);
  const holder = findHolder(dataDir);
  if (holder !== null) return withToken(dataDir, (token) => work(serverAt(holder.url, token)));
  // Loaded here, so that commands on a running server start without the weight of one.
  const [{ startTocsin }, { pino }] = await Promise.all([import('../main.ts'), import('pino')]);
  const settings = {
    ...resolveSettings({ flags: {}, environment: process.env, file: readSettingsFile(dataDir) }),
    host: '127.0.0.1',
    port: 0,
    'tls.cert': null,
    'tls.key': null,
    'syslog.port': null,
  };
  const server = await startTocsin({ dataDir, settings, logger: pino({ level: 'silent' }) });
  try {
    await server.ready();
    return await withToken(dataDir, (token) => work(serverAt(server.url, token)));
  } finally {
    await server.close();
  }
}

async function withToken<T>(dataDir: string, work: (token: string) => Promise<T>): Promise<T> {
  const by = { actor: 'command line' };
  const issued = await withControlStore(dataDir, (store) =>
    store.write(tokensIssue, { name: `command line ${randomUUID()}`, role: 'root', pools: [], by }),
  );
  try {
    return await work(issued.token);
  } finally {
    await withControlStore(dataDir, (store) =>
      store.write(tokensRevoke, { tokenId: issued.tokenId, reason: 'the command has ended', by }),
    );
  }
}
