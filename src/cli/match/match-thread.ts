import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../../shared/assert.ts';
import { AppError } from '../../shared/errors.ts';
import { LineMatcher } from './line-matcher.ts';
import type { MatchThreadAnswer, MatchThreadData, MatchThreadRequest } from './match-pool.ts';

/** Body of a worker of `tocsin match`: answers jobs in the order in which they come. */
const port = present(parentPort, 'the port to the main thread');
const { conditions, receivedAtMs } = workerData as MatchThreadData;
const matcher = new LineMatcher(conditions, receivedAtMs);
port.on('message', (request: MatchThreadRequest) => {
  port.postMessage(answerTo(request));
});
port.postMessage('ready');

function answerTo(request: MatchThreadRequest): MatchThreadAnswer {
  try {
    return matcher.run(request);
  } catch (error) {
    if (error instanceof AppError) return { failed: error.message, code: error.code };
    throw error;
  }
}
