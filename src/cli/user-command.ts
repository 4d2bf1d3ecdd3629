import { Command } from 'commander';
import { newSecretText } from '../accounts/secret-text.ts';
import type { JsonObject, TocsinClient } from '../client/client.ts';
import { addConnectionOptions, type ConnectionOptions, withApi } from './connection.ts';
import { printJson, printTable, type Streams, usageError } from './output.ts';
import { chooseTenant } from './tenant.ts';

type Flags = ConnectionOptions & { readonly pool?: string; readonly logpoint?: string; readonly json?: boolean };
type NewUser = Flags & { email: string; firstname: string; lastname: string; group: string; password?: string };

const COLUMNS = ['id', 'username', 'fullname', 'email', 'active', 'locked', 'last_login'] as const;
const VERBS = [
  { verb: 'activate', operation: 'ActivateUser', done: 'activated' },
  { verb: 'deactivate', operation: 'DeactivateUser', done: 'deactivated' },
  { verb: 'unlock', operation: 'UnlockUser', done: 'unlocked' },
] as const;

/** `tocsin user …`: the users of a logpoint, over its API. */
export function userCommand(streams: Streams): Command {
  const command = new Command('user').description('Users of a logpoint.');
  command.addCommand(
    withFlags(new Command('list').description('Users, oldest first.')).action((options: Flags) =>
      onLogpoint(options, async (tenant) => {
        const rows = await tenant.call('ListUsers');
        if (options.json === true) printJson(streams, rows, true);
        else printTable(streams, COLUMNS, rows);
      }),
    ),
  );
  command.addCommand(createCommand(streams));
  for (const { verb, operation, done } of VERBS) {
    command.addCommand(
      withFlags(new Command(verb).description(`The user is ${done}.`).argument('<user>', 'username or id')).action(
        (who: string, options: Flags) =>
          onLogpoint(options, async (tenant) => {
            const id = idOf(await tenant.call('ListUsers'), who, 'user', 'username');
            const response = await tenant.order(operation, { path: { id } });
            if (options.json === true) printJson(streams, response, true);
            else streams.out.write(`user ${who} is ${done}\n`);
          }),
      ),
    );
  }
  return command;
}

function createCommand(streams: Streams): Command {
  return withFlags(new Command('create').description('Make a user; a password is made up when none is given.'))
    .argument('<username>')
    .requiredOption('--email <address>', 'address')
    .requiredOption('--firstname <name>', 'first name')
    .requiredOption('--lastname <name>', 'last name')
    .requiredOption('--group <groups>', 'user groups by id or name, with commas')
    .option('--password <password>', '8 to 1024 characters')
    .action((username: string, options: NewUser) =>
      onLogpoint(options, async (tenant) => {
        const groups = await tenant.call('ListUserGroups');
        const usergroup = options.group.split(',').map((group) => idOf(groups, group.trim(), 'user group', 'name'));
        const password = options.password ?? newSecretText('tpw');
        const { email, firstname, lastname } = options;
        await tenant.order('CreateUser', { data: { username, email, firstname, lastname, usergroup, password } });
        const made = (await tenant.call('ListUsers')).find((row) => row.username === username) ?? {};
        const shown = options.password === undefined ? { password } : {};
        printJson(streams, { ...made, ...shown }, options.json === true);
      }),
    );
}

const withFlags = (command: Command): Command =>
  addConnectionOptions(command)
    .option('--pool <pool>', 'pool by id or name')
    .option('--logpoint <logpoint>', 'logpoint by id or name')
    .option('--json', 'print JSON');

const onLogpoint = (options: Flags, work: (tenant: TocsinClient) => Promise<void>): Promise<void> =>
  withApi(options, async (client) => work(await chooseTenant(client, options)));

function idOf(rows: readonly JsonObject[], wanted: string, noun: string, name: string): string {
  const row = rows.find((known) => known['id'] === wanted || known[name] === wanted);
  if (row === undefined) {
    throw usageError(`no ${noun} ${wanted}: expected one of ${rows.map((known) => String(known[name])).join(', ')}`);
  }
  return String(row['id']);
}
