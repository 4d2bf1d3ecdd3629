// A node that raises incidents and notifies of them until it is killed: what dispatch.test.ts cannot show from inside
// one process. Arguments: data folder, rule id, logpoint id, incidents to raise, number of the first one.
//
// Prints a line for each incident: `committed ID` once its transaction is durable, `rolled-back ID` for each third one,
// whose transaction fails after it enqueued; `idle` when nothing waits any more.
import { randomBytes } from 'node:crypto';
import { createSenders } from '../../dist/adapters/senders.js';
import { openInProcessControlStore } from '../../dist/adapters/sqlite/in-process-control-store.js';
import { command, registryOf } from '../../dist/control/control-store.js';
import { createRegistry, DEFAULT_REGISTRY_SETTINGS, migrations } from '../../dist/control-registry.js';
import { createDispatcher } from '../../dist/notify/dispatcher.js';
import { createEgressPolicy } from '../../dist/notify/egress-policy.js';
import { enqueueNotifications } from '../../dist/notify/outbox.js';
import { createSecretBox, loadSecretKey } from '../../dist/notify/secret-box.js';

const [dir = '', ruleId = '', logpointId = '', count = '0'] = process.argv.slice(2);

const raise = command('test.raise', async (tx, { content, fails }) => {
  const { incidentId } = content;
  await enqueueNotifications(tx, { logpointId, incidentId, ruleId, cause: 'raised', content: () => content });
  if (fails) throw new Error('rolled back');
});

const all = createRegistry(DEFAULT_REGISTRY_SETTINGS);
const store = await openInProcessControlStore({
  dir,
  registry: registryOf([...all.commands.values(), ...all.queries.values(), raise]),
  migrations,
  clock: Date.now,
});
const dispatcher = createDispatcher({
  store,
  clock: Date.now,
  secretBox: createSecretBox(loadSecretKey(dir)),
  senders: createSenders({
    egress: createEgressPolicy(['127.0.0.0/8']),
    clock: Date.now,
    email: null,
    httpTimeoutMs: 500,
  }),
  sshKey: null,
  linkHost: '',
  rows: async () => [],
  backoffBaseMs: 5,
  leaseMs: 2000,
  onProblem: (error) => process.stderr.write(`${error}\n`),
});
const hex = (bytes) => randomBytes(bytes).toString('hex');

await dispatcher.start();
for (let i = 0; i < Number(count); i += 1) {
  const incidentId = hex(12);
  const content = {
    ...{
      logpointId,
      incidentId,
      ruleId,
      seriesId: hex(16),
      number: `INC-${i}`,
      ownerId: hex(12),
      alertName: 'flapping',
    },
    ...{ description: '', detectedAtMs: Date.now(), risk: 'low', status: 'unresolved', rowsCount: 1, hits: 1 },
    ...{ query: '', repos: [], limit: 1, windowFromMs: 0, windowToMs: 1, attackIds: [], attackTags: [] },
    ...{ attackCategories: [], logSources: [], metadata: [] },
  };
  const fails = i % 3 === 2;
  const word = await store.write(raise, { content, fails }).then(
    () => 'committed',
    () => 'rolled-back',
  );
  process.stdout.write(`${word} ${incidentId}\n`);
}
for (;;) {
  await dispatcher.settled();
  const { claimed, nextDueAtMs } = await dispatcher.tick();
  if (claimed === 0 && nextDueAtMs === null) break;
  await new Promise((resolve) => setTimeout(resolve, 5));
}
process.stdout.write('idle\n');
await dispatcher.stop();
await store.close();
process.exit(0);
