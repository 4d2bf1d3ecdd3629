import { Command, Option } from 'commander';
import { ROLES, type Role } from '../accounts/actor.ts';
import { passwordFault } from '../accounts/check-user.ts';
import { accountRow } from '../accounts/console-account.ts';
import { hashPassword } from '../accounts/password.ts';
import {
  accountsCreate,
  accountsDelete,
  accountsEdit,
  accountsFind,
  accountsList,
  accountsUnlock,
} from '../accounts/registry.ts';
import { newSecretText } from '../accounts/secret-text.ts';
import type { TocsinClient } from '../client/client.ts';
import type { ControlStore } from '../control/control-store.ts';
import { isJsonObject, type JsonObject } from '../shared/json.ts';
import { poolsList } from '../tenancy/registry.ts';
import { addConnectionOptions, type ConnectionOptions, eitherWay } from './connection.ts';
import { printJson, printTable, type Streams, usageError } from './output.ts';
import { poolIds, poolsOverApi } from './pool-ids.ts';

type Flags = ConnectionOptions & { readonly json?: boolean };
type Change = {
  readonly name?: string;
  readonly role?: Role;
  readonly pool?: string;
  readonly active?: string;
  readonly password?: string;
};

const BY = { actor: 'command line' };
const OPERATOR = { role: 'root' } as const;
const COLUMNS = ['id', 'username', 'name', 'role', 'pools', 'active', 'locked', 'totp', 'last_login_at'] as const;

/** `tocsin account …`: the people who sign in to the console. */
export function accountCommand(streams: Streams): Command {
  const command = new Command('account').description('Console accounts: the people who sign in.');
  command.addCommand(
    withFlags(new Command('list').description('Accounts by username.')).action(async (options: Flags) => {
      const rows = await eitherWay<readonly JsonObject[]>(
        options,
        async (store) => (await store.read(accountsList, {})).map(accountRow),
        async (client) => client.call('ListAccounts'),
      );
      if (options.json === true) printJson(streams, rows, true);
      else printTable(streams, COLUMNS, rows);
    }),
  );
  command.addCommand(createCommand(streams));
  command.addCommand(editCommand(streams));
  for (const verb of ['unlock', 'delete'] as const) command.addCommand(verbCommand(streams, verb));
  return command;
}

const roleOption = (): Option => new Option('--role <role>', 'what the account may do').choices([...ROLES]);

function createCommand(streams: Streams): Command {
  return withFlags(new Command('create').description('Make an account; a password is made up when none is given.'))
    .argument('<username>')
    .addOption(roleOption().makeOptionMandatory())
    .option('--pool <pool>', 'pools by id or name, with commas; for engineer and readonly')
    .option('--name <name>', 'what the person is called')
    .option('--password <password>', '8 to 1024 characters')
    .action(async (username: string, options: Flags & Change & { role: Role }) => {
      const password = checked(options.password ?? newSecretText('tpw'));
      const { name, role } = options;
      const made = await eitherWay(
        options,
        async (store) => {
          const pools = await wantedPools(options, { store });
          const passwordHash = await hashPassword(password);
          const input = { username, name, role, pools: pools ?? [], passwordHash, by: BY, operator: OPERATOR };
          return accountRow(await store.write(accountsCreate, input));
        },
        async (client) => {
          const pools = (await wantedPools(options, { client })) ?? [];
          return client.call('CreateAccount', { body: { username, role, pools, password, name } });
        },
      );
      const shown = options.password === undefined ? { password } : {};
      printJson(streams, { ...(isJsonObject(made) ? made : {}), ...shown }, options.json === true);
    });
}

function editCommand(streams: Streams): Command {
  return withFlags(new Command('edit').description('Change what is given; sessions end with role, pools or password.'))
    .argument('<account>', 'username or id')
    .addOption(roleOption())
    .option('--pool <pool>', 'pools by id or name, with commas')
    .option('--name <name>', 'what the person is called')
    .addOption(new Option('--active <on|off>', 'whether the account may sign in').choices(['on', 'off']))
    .option('--password <password>', 'a new password')
    .action(async (who: string, options: Flags & Change) => {
      const { name, role, password } = options;
      const active = options.active === undefined ? undefined : options.active === 'on';
      if (password !== undefined) checked(password);
      const edited = await eitherWay(
        options,
        async (store) => {
          const pools = await wantedPools(options, { store });
          const passwordHash = password === undefined ? undefined : await hashPassword(password);
          const edit = { name, role, pools, active, passwordHash };
          return accountRow(
            await store.write(accountsEdit, { id: await idInStore(store, who), edit, by: BY, operator: OPERATOR }),
          );
        },
        async (client) => {
          const pools = await wantedPools(options, { client });
          const path = { id: await idOverApi(client, who) };
          return client.call('EditAccount', { path, body: { name, role, pools, active, password } });
        },
      );
      printJson(streams, edited, options.json === true);
    });
}

function verbCommand(streams: Streams, verb: 'unlock' | 'delete'): Command {
  const [done, operation] = verb === 'unlock' ? ['unlocked', accountsUnlock] : ['deleted', accountsDelete];
  return withFlags(new Command(verb).description(verb === 'unlock' ? 'End a lockout.' : 'Remove an account.'))
    .argument('<account>', 'username or id')
    .action(async (who: string, options: Flags) => {
      const row = await eitherWay(
        options,
        async (store) => {
          const id = await idInStore(store, who);
          return accountRow(await store.write(operation, { id, by: BY, operator: OPERATOR }));
        },
        async (client) => {
          const path = { id: await idOverApi(client, who) };
          return client.call(verb === 'unlock' ? 'UnlockAccount' : 'DeleteAccount', { path });
        },
      );
      if (options.json === true) printJson(streams, row, true);
      else streams.out.write(`account ${who} is ${done}\n`);
    });
}

const withFlags = (command: Command): Command => addConnectionOptions(command).option('--json', 'print JSON');

function checked(password: string): string {
  const fault = passwordFault(password);
  if (fault !== null) throw usageError(`--password: ${fault}`);
  return password;
}

async function wantedPools(
  { pool }: Change,
  from: { readonly store: ControlStore } | { readonly client: TocsinClient },
): Promise<string[] | undefined> {
  if (pool === undefined) return undefined;
  const wanted = pool.split(',').map((part) => part.trim());
  if ('store' in from) return poolIds(wanted, await from.store.read(poolsList, {}));
  return poolIds(wanted, await poolsOverApi(from.client));
}

/** A text that names no account goes on as an id, whose absence the store tells. */
const idInStore = async (store: ControlStore, who: string): Promise<string> =>
  (await store.read(accountsFind, who))?.id ?? who;

async function idOverApi(client: TocsinClient, who: string): Promise<string> {
  const accounts = await client.call('ListAccounts');
  return accounts.find(({ username }) => username === who)?.id ?? who;
}
