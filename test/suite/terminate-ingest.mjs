// Loaded before the program (`node --import`): SIGUSR2 ends the ingest worker thread as a crash would, which no signal
// from outside can do to a single thread.
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';

let ingest;

threads.Worker = class extends threads.Worker {
  constructor(file, options) {
    super(file, options);
    if (String(file).includes('ingest-thread')) ingest = this;
  }
};
syncBuiltinESMExports();
process.on('SIGUSR2', () => void ingest?.terminate());
