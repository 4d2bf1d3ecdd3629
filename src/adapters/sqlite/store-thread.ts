import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Migration, Registry } from '../../control/control-store.ts';
import { present } from '../../shared/assert.ts';
import { errorToData } from '../../shared/errors.ts';
import { GroupCommit } from './group-commit.ts';
import { openReader, openWriter } from './open-database.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import type { FromThread, ThreadCall, ThreadReply, ThreadStart, ToThread } from './thread-protocol.ts';

// The entry of the store's threads: the writer, which is the only one to change the file, and the reader for slow
// queries. Both find what to run by name in the registry that the program was built with.

type RegistryModule = {
  createRegistry(settings: unknown): Registry;
  readonly migrations: readonly Migration[];
};

/** Something that takes calls and can be stopped. */
type Served = { take(call: ThreadCall): void; close(): Promise<void> };

const port: MessagePort = present(parentPort, 'the port to the main thread');
const replies: ThreadReply[] = [];

const post = (message: FromThread): void => port.postMessage(message);

function flushReplies(): void {
  if (replies.length === 0) return;
  const batch = replies.splice(0);
  try {
    post({ type: 'replies', replies: batch });
  } catch {
    // One answer of the batch cannot be copied between threads: find it, so that the others still arrive.
    for (const reply of batch) postAlone(reply);
  }
}

function postAlone(reply: ThreadReply): void {
  try {
    post({ type: 'replies', replies: [reply] });
  } catch (error) {
    post({ type: 'replies', replies: [{ id: reply.id, ok: false, error: errorToData(error) }] });
  }
}

async function serveWrites(start: ThreadStart, { createRegistry, migrations }: RegistryModule): Promise<Served> {
  const { commands } = createRegistry(start.settings);
  const connection = await openWriter(start.dir, migrations, start.nowMs);
  const group = new GroupCommit(connection, () => {
    flushReplies();
    // What has arrived during the last commit joins the next one.
    for (;;) {
      const waiting = receiveMessageOnPort(port);
      if (waiting === undefined) return;
      receive(waiting.message);
    }
  });
  return {
    take({ id, name, input, nowMs }) {
      const command = commands.get(name);
      if (command === undefined) return void refuseUnknown(id, `the command ${name} is not in the registry`);
      group.put({
        command,
        input,
        nowMs,
        settle: (outcome) =>
          replies.push(outcome.ok ? { id, ...outcome } : { id, ok: false, error: errorToData(outcome.error) }),
      });
    },
    async close() {
      await group.idle();
      flushReplies();
      connection.close();
    },
  };
}

async function serveReads(start: ThreadStart, { createRegistry }: RegistryModule): Promise<Served> {
  const { queries } = createRegistry(start.settings);
  const reader = new SnapshotReader(openReader(start.dir));
  return {
    take({ id, name, input, nowMs }) {
      const query = queries.get(name);
      if (query === undefined) return void refuseUnknown(id, `the query ${name} is not in the registry`);
      void reader
        .read(query, input as never, nowMs)
        .then(
          (value) => replies.push({ id, ok: true, value, signals: [] }),
          (error: unknown) => replies.push({ id, ok: false, error: errorToData(error) }),
        )
        .then(flushReplies);
    },
    close: () => reader.close(),
  };
}

function refuseUnknown(id: number, message: string): void {
  replies.push({ id, ok: false, error: errorToData(new Error(message)) });
  flushReplies();
}

let served: Served | null = null;

function receive(message: ToThread): void {
  const server = present(served, 'the served store');
  if (message.type === 'calls') for (const call of message.calls) server.take(call);
  else void server.close().then(() => port.close());
}

const start = workerData as ThreadStart;
try {
  const module = (await import(start.registryUrl)) as RegistryModule;
  served = await (start.role === 'writer' ? serveWrites : serveReads)(start, module);
  port.on('message', receive);
  post({ type: 'ready' });
} catch (error) {
  post({ type: 'refused', error: errorToData(error) });
}
