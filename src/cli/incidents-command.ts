import { Command, Option } from 'commander';
import type { OrderDone } from '../client/client.ts';
import type { Json } from '../shared/json.ts';
import { addConnectionOptions, type ConnectionOptions, withApi } from './connection.ts';
import { asUser, filterOption, incidentsWorkCommands, printBulk } from './incidents-bulk-command.ts';
import { printJson, printTable, type Streams, usageError } from './output.ts';
import { chooseTenant, chooseUser } from './tenant.ts';

type Common = ConnectionOptions & {
  readonly pool?: string;
  readonly logpoint?: string;
  readonly as?: string;
  readonly json?: boolean;
};

const COLUMNS = ['number', 'id', 'detected', 'risk', 'status', 'name', 'assigned_to'] as const;
const LIST_LIMIT_DEFAULT = '50';

/** `tocsin incidents …`: the verbs of the API, over it. */
export function incidentsCommand(streams: Streams): Command {
  const command = new Command('incidents').description('Work incidents over the API.');
  command.addCommand(listCommand(streams));
  command.addCommand(showCommand(streams));
  for (const more of incidentsWorkCommands(streams, common)) command.addCommand(more);
  const verb = (name: string, description: string): Command =>
    common(new Command(name).description(description).argument('<id>', 'id or number, such as INC-7'));
  command.addCommand(
    verb('assign', 'Give the incident to a user.')
      .requiredOption('--to <user>', 'id or name of the new assignee')
      .action((id: string, options: Common & { to: string }) =>
        act(streams, options, async (tenant, acting) => {
          const new_assignee = await chooseUser(tenant, options.to);
          return tenant.order('Reassign', { path: { id }, data: { ...acting, new_assignee } });
        }),
      ),
  );
  command.addCommand(
    verb('comment', 'Add a comment.')
      .argument('<text>')
      .action((id: string, text: string, options: Common) =>
        act(streams, options, (tenant, acting) =>
          tenant.order('Comment', { path: { id }, data: { ...acting, comment: text } }),
        ),
      ),
  );
  for (const name of ['resolve', 'close', 'reopen'] as const) {
    const description = {
      resolve: 'Resolve the incident.',
      close: 'Close a resolved incident.',
      reopen: 'Open the incident again.',
    };
    command.addCommand(
      common(new Command(name).description(description[name]))
        .argument('[ids...]', 'ids or numbers, such as INC-7')
        .option('--filter <filter>', 'instead of ids: risk=high,low&q=text, or JSON as FetchIncidents takes it')
        .action((ids: string[], options: Common & { filter?: string }) => actOnMany(streams, options, name, ids)),
    );
  }
  return command;
}

function common(command: Command): Command {
  return addConnectionOptions(command)
    .option('--pool <pool>', 'id or name of the pool, when there are several')
    .option('--logpoint <logpoint>', 'id or name of the logpoint, when there are several')
    .addOption(new Option('--as <user>', 'id or name of the user on whose behalf to act').env('TOCSIN_USER'))
    .option('--json', 'print JSON');
}

function listCommand(streams: Streams): Command {
  const list = (value: string, before: readonly string[] = []): readonly string[] => [...before, ...value.split(',')];
  return common(new Command('list').description('Incidents, newest first.'))
    .option('--status <status>', 'unresolved, resolved, closed; several with commas', list)
    .option('--risk <risk>', 'low, medium, high, critical; several with commas', list)
    .option('--name <pattern>', 'name, rule id or incident id; may be a regular expression')
    .option('--limit <n>', 'most rows', LIST_LIMIT_DEFAULT)
    .action(async (options: Common & { status?: string[]; risk?: string[]; name?: string; limit: string }) => {
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1)
        throw usageError(`--limit is ${options.limit}: expected a whole number from 1`);
      const { status, risk, name } = options;
      await withApi(options, async (client) => {
        const tenant = await chooseTenant(client, options);
        const { rows } = await tenant.order('FetchIncidents', { data: { limit, status, risk, name } });
        if (options.json === true) return printJson(streams, rows, true);
        const shown = rows.map((row) => ({ ...row, detected: dateOf(row.detection_timestamp) }));
        printTable(streams, COLUMNS, shown);
      });
    });
}

function showCommand(streams: Streams): Command {
  return common(
    new Command('show').description('One incident with the events that it stands on.').argument('<id>'),
  ).action(async (id: string, options: Common) => {
    await withApi(options, async (client) => {
      const tenant = await chooseTenant(client, options);
      const incident = await tenant.call('GetIncident', { path: { id } });
      const { rows: data } = await tenant.order('FetchIncidentData', { path: { id } });
      printJson(streams, { ...incident, data }, options.json === true);
    });
  });
}

/** One change of one incident, and what the server says of it. */
async function act(streams: Streams, options: Common, work: Parameters<typeof asUser<OrderDone>>[1]): Promise<void> {
  const response = await asUser(options, work);
  if (options.json === true) printJson(streams, response, true);
  else streams.out.write(`${String(response.message)}\n`);
}

const STEPS = { resolve: 'Resolve', close: 'Close', reopen: 'Reopen' } as const;

/** One id is the verb itself; several, or a filter, are one bulk order. */
async function actOnMany(
  streams: Streams,
  options: Common & { readonly filter?: string },
  action: keyof typeof STEPS,
  ids: readonly string[],
): Promise<void> {
  const [only] = ids;
  if ((only === undefined) === (options.filter === undefined)) throw usageError('expected ids, or --filter');
  if (only !== undefined && ids.length === 1) {
    const path = { id: only };
    return act(streams, options, (tenant, data) => tenant.order(STEPS[action], { path, data }));
  }
  const which = options.filter === undefined ? { ids } : { filter: filterOption(options.filter) };
  const response = await asUser(options, (tenant, acting) =>
    tenant.order('BulkChange', { data: { action, ...acting, ...which } }),
  );
  printBulk(streams, response, options.json === true);
}

const dateOf = (seconds: Json | undefined): string =>
  typeof seconds === 'number' ? new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ') : '';
