import { Command } from 'commander';
import { makeAccessKey } from '../accounts/access-keys.ts';
import type { Role } from '../accounts/actor.ts';
import type { FoundedPool } from '../accounts/found-pool.ts';
import { hashPassword } from '../accounts/password.ts';
import { poolsFound } from '../accounts/registry.ts';
import { newSecretText } from '../accounts/secret-text.ts';
import type { ControlStore } from '../control/control-store.ts';
import { createSecretBox, loadSecretKey } from '../notify/secret-box.ts';
import type { JsonObject } from '../shared/json.ts';
import { poolsList } from '../tenancy/registry.ts';
import { addConnectionOptions, type ConnectionOptions, eitherWay } from './connection.ts';
import { makeDataDir, withControlStore } from './data-folder.ts';
import { printJson, printTable, type Streams } from './output.ts';
import { poolsOverApi } from './pool-ids.ts';

export type PoolNames = { readonly pool: string; readonly logpoint: string; readonly admin: string };

/** What `init` and `pool create` print: the only time that the secrets are shown. */
export type FoundedAnswer = JsonObject & {
  readonly pool_uuid: string;
  readonly logpoint_identifier: string;
  readonly token: string;
  readonly secret_key: string;
  readonly admin: {
    readonly id: string;
    readonly username: string;
    readonly password: string;
    readonly access_key: string;
  };
};

/** Nobody reads it: it stands until an administrator gives an address. */
const ADMIN_EMAIL = 'admin@localhost.localdomain';

export const DEFAULT_NAMES: PoolNames = { pool: 'default', logpoint: 'LogPoint', admin: 'admin' };

export function initCommand(streams: Streams): Command {
  return new Command('init')
    .description('Make a data folder with one pool, one logpoint, its administrator and a console token.')
    .requiredOption('--data <dir>', 'folder to make')
    .option('--pool <name>', 'name of the pool', DEFAULT_NAMES.pool)
    .option('--logpoint <name>', 'name of the logpoint', DEFAULT_NAMES.logpoint)
    .option('--admin <name>', 'user name of the administrator', DEFAULT_NAMES.admin)
    .option('--json', 'print on one line')
    .action(async (options: PoolNames & { data: string; json?: boolean }) => {
      printJson(streams, await initDataDir(options.data, options), options.json === true);
    });
}

export const initDataDir = (dataDir: string, names: PoolNames): Promise<FoundedAnswer> =>
  makeDataDir(dataDir, (store) => found(store, dataDir, names, 'root'));

export function poolCommand(streams: Streams): Command {
  const command = new Command('pool').description('Pools and their first logpoint.');
  command
    .command('create')
    .description('One more pool with a logpoint, its administrator and token.')
    .requiredOption('--data <dir>', 'data folder')
    .requiredOption('--pool <name>', 'name of the pool')
    .option('--logpoint <name>', 'name of the logpoint', DEFAULT_NAMES.logpoint)
    .option('--admin <name>', 'user name of the administrator', DEFAULT_NAMES.admin)
    .option('--json', 'print on one line')
    .action(async (options: PoolNames & { data: string; json?: boolean }) => {
      const answer = await withControlStore(options.data, (store) => found(store, options.data, options, 'engineer'));
      printJson(streams, answer, options.json === true);
    });
  addConnectionOptions(command.command('list').description('Pools by age.'))
    .option('--json', 'print JSON')
    .action(async (options: ConnectionOptions & { json?: boolean }) => {
      const rows = await eitherWay(
        options,
        async (store) => (await store.read(poolsList, {})).map(({ id, name }) => ({ pool_uuid: id, name })),
        async (client) => (await poolsOverApi(client)).map(({ id, name }) => ({ pool_uuid: id, name })),
      );
      if (options.json === true) printJson(streams, rows, true);
      else printTable(streams, ['pool_uuid', 'name'], rows);
    });
  return command;
}

async function found(store: ControlStore, dataDir: string, names: PoolNames, role: Role): Promise<FoundedAnswer> {
  const password = newSecretText('tpw');
  const accessKey = makeAccessKey(createSecretBox(loadSecretKey(dataDir)).seal);
  const founded: FoundedPool = await store.write(poolsFound, {
    poolName: names.pool,
    logpointName: names.logpoint,
    admin: {
      username: names.admin,
      email: ADMIN_EMAIL,
      passwordHash: await hashPassword(password),
      accessKeyHash: accessKey.hash,
      accessKeySealed: accessKey.sealed,
    },
    role,
    by: { actor: 'command line' },
  });
  return {
    pool_uuid: founded.pool.id,
    logpoint_identifier: founded.logpoint.id,
    token: founded.issued.token,
    secret_key: founded.issued.secretKey,
    admin: { id: founded.admin.id, username: founded.admin.username, password, access_key: accessKey.text },
  };
}
