import { afterAll, beforeAll } from 'vitest';
import { Director, type Founded, initFolder, ServerProcess, temporaryFolder } from './tocsin-process.ts';

/** A data folder, a server on it and a client of its first tenant, for all tests of one file. */
export type ServedFolder = {
  readonly dir: string;
  readonly dataDir: string;
  readonly founded: Founded;
  /** The process that serves now. */
  readonly server: ServerProcess;
  readonly director: Director;
  /** Kills the process as a power cut would and starts another on the same folder. */
  restart(): Promise<void>;
};

const SERVE = ['--rules-settle-seconds', '0'];

/** Made before the first test of the file, `then` done with it, and gone after the last one. */
export function servedFolder(init: readonly string[] = [], then: () => Promise<void> = async () => {}): ServedFolder {
  const folder = temporaryFolder();
  const dataDir = `${folder.dir}/data`;
  let now: { readonly founded: Founded; readonly server: ServerProcess } | null = null;
  const started = () => {
    if (now === null) throw new Error('the server starts before the first test, not before');
    return now;
  };
  beforeAll(async () => {
    const founded = await initFolder(dataDir, ...init);
    now = { founded, server: await ServerProcess.start(dataDir, ...SERVE) };
    await then();
  });
  afterAll(async () => {
    await now?.server.kill();
    folder.remove();
  });
  return {
    dir: folder.dir,
    dataDir,
    get founded() {
      return started().founded;
    },
    get server() {
      return started().server;
    },
    get director() {
      return new Director(started().server.url, started().founded);
    },
    restart: async () => {
      const { founded, server } = started();
      await server.kill();
      now = { founded, server: await ServerProcess.start(dataDir, ...SERVE) };
    },
  };
}
