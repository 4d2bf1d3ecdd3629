import { type Command, Option } from 'commander';
import { TocsinClient } from '../client/client.ts';
import type { ControlStore } from '../control/control-store.ts';
import { withControlStore } from './data-folder.ts';
import { withLocalServer } from './local-server.ts';
import { usageError } from './output.ts';

export type ConnectionOptions = {
  readonly data?: string;
  readonly url?: string;
  readonly token?: string;
};

/** A command waits for its orders as long as they take; who waits can end it. */
export const serverAt = (url: string, token: string): TocsinClient =>
  new TocsinClient({ url, token, orderTimeoutMs: Number.POSITIVE_INFINITY });

/** How a command finds its server: a data folder on this machine, or a URL with a token. */
export const addConnectionOptions = (command: Command): Command =>
  command
    .option(
      '--data <dir>',
      'data folder on this machine; a server that has it is used, else one is started for the command',
    )
    .addOption(new Option('--url <url>', 'URL of a server').env('TOCSIN_URL'))
    .addOption(new Option('--token <token>', 'console token for --url').env('TOCSIN_TOKEN'));

/** Runs `work` against the server that the options name. */
export async function withApi<T>(options: ConnectionOptions, work: (client: TocsinClient) => Promise<T>): Promise<T> {
  if (options.data !== undefined) return withLocalServer(options.data, work);
  return work(clientOf(options));
}

/** Administration: on the control store of a data folder, with or without a server on it, or over the API. */
export function eitherWay<T>(
  options: ConnectionOptions,
  onStore: (store: ControlStore) => Promise<T>,
  overApi: (client: TocsinClient) => Promise<T>,
): Promise<T> {
  return options.data === undefined ? overApi(clientOf(options)) : withControlStore(options.data, onStore);
}

function clientOf({ url, token }: ConnectionOptions): TocsinClient {
  if (url === undefined) throw usageError('no server is named: give --data DIR, or --url URL with --token TOKEN');
  if (!/^https?:\/\//.test(url)) throw usageError(`--url is ${url}: expected http://… or https://…`);
  if (token === undefined) throw usageError('--url needs a console token: give --token or TOCSIN_TOKEN');
  return serverAt(url, token);
}
