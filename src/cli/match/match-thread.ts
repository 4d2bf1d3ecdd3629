import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../../shared/assert.ts';
import { LineMatcher } from './line-matcher.ts';
import type { MatchThreadData, MatchThreadRequest } from './match-pool.ts';

/** Body of a worker of `tocsin match`: answers jobs in the order in which they come. */
const port = present(parentPort, 'the port to the main thread');
const { conditions, receivedAtMs } = workerData as MatchThreadData;
const matcher = new LineMatcher(conditions, receivedAtMs);
port.on('message', (request: MatchThreadRequest) => {
  port.postMessage(matcher.run(request));
});
port.postMessage('ready');
