import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createEngineServer } from './engine-http.ts';
import { lockFolder } from './engine-lock.ts';
import { EngineSessions } from './engine-sessions.ts';
import type { EventdConfig, EventdMessage } from './eventd-protocol.ts';

// The process that owns a chDB folder. Its parent sends one line of configuration on standard input and keeps that
// pipe open: the pipe closes when the parent ends, however it ends, and then this process ends too. One line on
// standard output says that it is ready or why it cannot be.

const CLOSE_WAIT_MS = 5_000;

const say = (message: EventdMessage): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

function engineConfig(config: EventdConfig): string {
  const { memoryBytesMax } = config;
  const cache = Math.floor(memoryBytesMax / 16);
  return `<clickhouse>
  <max_server_memory_usage>${memoryBytesMax}</max_server_memory_usage>
  <merges_mutations_memory_usage_soft_limit>${Math.floor(memoryBytesMax / 3)}</merges_mutations_memory_usage_soft_limit>
  <mark_cache_size>${cache}</mark_cache_size>
  <primary_index_cache_size>${cache}</primary_index_cache_size>
  <index_mark_cache_size>${cache}</index_mark_cache_size>
  <query_condition_cache_size>${cache}</query_condition_cache_size>
  <compiled_expression_cache_size>${cache}</compiled_expression_cache_size>
  <user_files_path>${join(config.dir, 'no-files')}/</user_files_path>
  <background_pool_size>2</background_pool_size>
</clickhouse>
`;
}

function start(config: EventdConfig): () => void {
  mkdirSync(config.dir, { recursive: true, mode: 0o700 });
  const lock = lockFolder(join(config.dir, 'eventd.lock'));
  const configFile = join(config.dir, 'engine.xml');
  writeFileSync(configFile, engineConfig(config), { mode: 0o600 });
  const sessions = new EngineSessions(join(config.dir, 'chdb'), configFile);
  const server = createEngineServer(sessions, config.secret);
  server.on('error', fail);
  const ready = (): void => {
    const address = server.address();
    say({ kind: 'ready', port: typeof address === 'object' && address !== null ? address.port : null });
  };
  if (config.socketPath === null) server.listen(config.port, '127.0.0.1', ready);
  else {
    rmSync(config.socketPath, { force: true });
    // Only the owner may connect; the mode is set before the socket exists, not after.
    process.umask(0o077);
    server.listen(config.socketPath, ready);
  }
  return () => {
    server.close(() => {
      sessions.close();
      lock.release();
      process.exit(0);
    });
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), CLOSE_WAIT_MS).unref();
  };
}

function fail(error: unknown): never {
  say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}

let close: (() => void) | undefined;
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (close !== undefined) {
    close();
    return;
  }
  try {
    close = start(JSON.parse(line) as EventdConfig);
  } catch (error) {
    fail(error);
  }
});
// Everything acknowledged is on disk, so there is nothing to save; the next process waits for the lock.
lines.on('close', () => process.kill(process.pid, 'SIGKILL'));
// A terminal sends these to the whole group; the parent decides when to end.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
