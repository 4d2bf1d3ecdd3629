import { Command, Option } from 'commander';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import type { ApiClient } from './api-client.ts';
import { addConnectionOptions, type ConnectionOptions, withApi } from './connection.ts';
import { bulkOrder, filterOption, incidentsWorkCommands, printBulk } from './incidents-bulk-command.ts';
import { printJson, printTable, type Streams, usageError } from './output.ts';
import { chooseTenant, chooseUser } from './tenant.ts';

type Common = ConnectionOptions & {
  readonly pool?: string;
  readonly logpoint?: string;
  readonly as?: string;
  readonly json?: boolean;
};

const COLUMNS = ['id', 'detected', 'risk', 'status', 'name', 'assigned_to'] as const;
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
        act(streams, options, id, 'reassign', async (client, base) => ({
          new_assignee: await chooseUser(client, base, options.to),
        })),
      ),
  );
  command.addCommand(
    verb('comment', 'Add a comment.')
      .argument('<text>')
      .action((id: string, text: string, options: Common) =>
        act(streams, options, id, 'comment', async () => ({ comment: text })),
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
      const data: Record<string, Json> = { limit };
      if (options.status !== undefined) data['status'] = options.status;
      if (options.risk !== undefined) data['risk'] = options.risk;
      if (options.name !== undefined) data['name'] = options.name;
      await withApi(options, async (client) => {
        const base = await baseOf(client, options);
        const { rows = [] } = await client.order(`${base}/Incidents/fetch`, data);
        const incidents: readonly JsonObject[] = Array.isArray(rows) ? rows.filter(isJsonObject) : [];
        if (options.json === true) return printJson(streams, incidents, true);
        const shown = incidents.map((row) => ({ ...row, detected: dateOf(row['detection_timestamp']) }));
        printTable(streams, COLUMNS, shown);
      });
    });
}

function showCommand(streams: Streams): Command {
  return common(
    new Command('show').description('One incident with the events that it stands on.').argument('<id>'),
  ).action(async (id: string, options: Common) => {
    await withApi(options, async (client) => {
      const base = await baseOf(client, options);
      const { rows } = await client.order(`${base}/Incidents/fetch`, { name: id });
      const incident = Array.isArray(rows)
        ? rows.filter(isJsonObject).find((row) => row['id'] === id || row['number'] === id)
        : undefined;
      if (incident === undefined) throw usageError(`no incident ${id}`);
      const { rows: data = [] } = await client.order(
        `${base}/Incidents/${encodeURIComponent(id)}/fetchIncidentData`,
        {},
      );
      printJson(streams, { ...incident, data }, options.json === true);
    });
  });
}

async function act(
  streams: Streams,
  options: Common,
  id: string,
  verb: string,
  more: (client: ApiClient, base: string) => Promise<JsonObject>,
): Promise<void> {
  await withApi(options, async (client) => {
    const base = await baseOf(client, options);
    const data = { incident_user_id: await chooseUser(client, base, options.as), ...(await more(client, base)) };
    const response = await client.order(`${base}/Incidents/${encodeURIComponent(id)}/${verb}`, data);
    if (options.json === true) printJson(streams, response, true);
    else streams.out.write(`${String(response['message'])}\n`);
  });
}

/** One id is the verb itself; several, or a filter, are one bulk order. */
async function actOnMany(
  streams: Streams,
  options: Common & { readonly filter?: string },
  action: string,
  ids: readonly string[],
): Promise<void> {
  const [only] = ids;
  if ((only === undefined) === (options.filter === undefined)) throw usageError('expected ids, or --filter');
  if (only !== undefined && ids.length === 1) return act(streams, options, only, action, async () => ({}));
  await withApi(options, async (client) => {
    const base = await baseOf(client, options);
    const which = options.filter === undefined ? { ids } : { filter: filterOption(options.filter) };
    const userId = await chooseUser(client, base, options.as);
    const response = await bulkOrder(client, base, { action, incident_user_id: userId, ...which });
    printBulk(streams, response, options.json === true);
  });
}

async function baseOf(client: ApiClient, options: Common): Promise<string> {
  const { poolId, logpointId } = await chooseTenant(client, options);
  return `/configapi/${poolId}/${logpointId}`;
}

const dateOf = (seconds: Json | undefined): string =>
  typeof seconds === 'number' ? new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ') : '';
