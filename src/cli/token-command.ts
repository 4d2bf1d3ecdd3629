import { Command, Option } from 'commander';
import { ROLES, type Role } from '../accounts/actor.ts';
import { tokensIssue, tokensList, tokensRevoke } from '../accounts/registry.ts';
import { issuedRow, tokenRow } from '../apis/director/token-view.ts';
import type { JsonObject } from '../shared/json.ts';
import { poolsList } from '../tenancy/registry.ts';
import { addConnectionOptions, type ConnectionOptions, eitherWay } from './connection.ts';
import { printJson, printTable, type Streams } from './output.ts';
import { poolIds, poolsOverApi } from './pool-ids.ts';

type Flags = ConnectionOptions & { readonly json?: boolean };

const BY = { actor: 'command line' };
const COLUMNS = ['id', 'name', 'role', 'pools', 'expires_at', 'last_used_at', 'revoked_at'] as const;

/** `tocsin token …`: on the data folder, with or without a server on it, or over the API. */
export function tokenCommand(streams: Streams): Command {
  const command = new Command('token').description('Console tokens.');
  command.addCommand(createCommand(streams));
  command.addCommand(
    withFlags(new Command('list').description('Tokens, newest first.')).action(async (options: Flags) => {
      const rows = await eitherWay<readonly JsonObject[]>(
        options,
        async (store) => (await store.read(tokensList, {})).map(tokenRow),
        (client) => client.call('ListTokens'),
      );
      if (options.json === true) printJson(streams, rows, true);
      else printTable(streams, COLUMNS, rows);
    }),
  );
  command.addCommand(
    withFlags(new Command('revoke').description('End a token at once.').argument('<id>')).action(
      async (id: string, options: Flags) => {
        const revoked = await eitherWay(
          options,
          (store) => store.write(tokensRevoke, { tokenId: id, by: BY }),
          async (client) => {
            return (await client.call('RevokeToken', { path: { id } })).revoked;
          },
        );
        if (options.json === true) printJson(streams, { id, revoked }, true);
        else streams.out.write(revoked ? `token ${id} is revoked\n` : `token ${id} was revoked before\n`);
      },
    ),
  );
  return command;
}

function createCommand(streams: Streams): Command {
  return withFlags(new Command('create').description('Issue a console token.'))
    .addOption(new Option('--role <role>', 'what the token may do').choices([...ROLES]).makeOptionMandatory())
    .option('--pool <pool>', 'pools by id or name, with commas; for engineer and readonly')
    .option('--always-active', 'a token that does not expire until it is revoked')
    .option('--name <name>', 'what the token is called in logs')
    .action(async (options: Flags & { role: Role; pool?: string; name?: string; alwaysActive?: boolean }) => {
      const wanted = options.pool?.split(',').map((pool) => pool.trim()) ?? [];
      const alwaysActive = options.alwaysActive === true;
      const name = options.name ?? `${options.role} token`;
      const answer = await eitherWay(
        options,
        async (store) => {
          const pools = poolIds(wanted, await store.read(poolsList, {}));
          return issuedRow(await store.write(tokensIssue, { name, role: options.role, pools, alwaysActive, by: BY }));
        },
        async (client) => {
          const pools = wanted.length === 0 ? [] : poolIds(wanted, await poolsOverApi(client));
          return client.call('IssueToken', { body: { name, role: options.role, pools, always_active: alwaysActive } });
        },
      );
      printJson(streams, answer, options.json === true);
    });
}

const withFlags = (command: Command): Command => addConnectionOptions(command).option('--json', 'print JSON');
