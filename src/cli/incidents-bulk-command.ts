import { Command } from 'commander';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import type { ApiClient } from './api-client.ts';
import { type ConnectionOptions, withApi } from './connection.ts';
import { printJson, printTable, type Streams, usageError } from './output.ts';
import { chooseTenant, chooseUser } from './tenant.ts';

type Common = ConnectionOptions & {
  readonly pool?: string;
  readonly logpoint?: string;
  readonly as?: string;
  readonly json?: boolean;
};

/** Names that several values of a filter may have. */
const LISTS = new Set([
  'status',
  'risk',
  'type',
  'assigned_to_users',
  'attack_tag',
  'attack_category',
  'log_source',
  'rule',
  'entity',
  'disposition',
]);
const NUMBERS = new Set(['start_date', 'end_date', 'updated_since']);

/** `risk=high,low&q=sshd`, or JSON as FetchIncidents takes it. */
export function filterOption(text: string): JsonObject {
  if (text.trim().startsWith('{')) {
    const value: unknown = parseJson(text);
    if (isJsonObject(value)) return value;
    throw usageError('--filter is no JSON object');
  }
  const filter: Record<string, Json> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    if (LISTS.has(name)) filter[name] = value.split(',');
    else if (NUMBERS.has(name)) filter[name] = Number(value);
    else filter[name] = value;
  }
  return filter;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a bulk change says: how many, and the refusals. */
export function printBulk(streams: Streams, response: JsonObject, isJson: boolean): void {
  if (isJson) {
    printJson(streams, response, true);
    return;
  }
  streams.out.write(`${String(response['message'])}\n`);
  const refused = Array.isArray(response['refused']) ? response['refused'].filter(isJsonObject) : [];
  if (refused.length > 0) printTable(streams, ['number', 'id', 'message'], refused);
  if (response['bulk_id'] !== undefined)
    streams.out.write(`undo: tocsin incidents undo ${String(response['bulk_id'])}\n`);
}

export async function bulkOrder(client: ApiClient, base: string, data: JsonObject): Promise<JsonObject> {
  return client.order(`${base}/Incidents/bulk`, data);
}

async function placed(options: Common, path: string, more: JsonObject): Promise<JsonObject> {
  return withApi(options, async (client) => {
    const { poolId, logpointId } = await chooseTenant(client, options);
    const base = `/configapi/${poolId}/${logpointId}`;
    const data = { incident_user_id: await chooseUser(client, base, options.as), ...more };
    return client.order(`${base}/Incidents/${path}`, data);
  });
}

const segment = encodeURIComponent;

/** `merge`, `unmerge`, `disposition`, `undo`, `stats`. `common` adds the options that all incident commands have. */
export function incidentsWorkCommands(streams: Streams, common: (command: Command) => Command): readonly Command[] {
  const say = (response: JsonObject, options: Common): void => printBulk(streams, response, options.json === true);
  const merge = common(new Command('merge').description('Make incidents children of the first.'))
    .argument('<parent>')
    .argument('<children...>')
    .action(async (parent: string, ids: string[], options: Common) =>
      say(await placed(options, `${segment(parent)}/merge`, { ids }), options),
    );
  const unmerge = common(new Command('unmerge').description('Take children out again; all without names.'))
    .argument('<parent>')
    .argument('[children...]')
    .action(async (parent: string, ids: string[], options: Common) =>
      say(await placed(options, `${segment(parent)}/unmerge`, ids.length === 0 ? {} : { ids }), options),
    );
  const disposition = common(new Command('disposition').description('Say what an incident turned out to be.'))
    .argument('<id>')
    .argument('<disposition>', 'true_positive, false_positive, benign or none')
    .option('--reason <text>', 'why')
    .action(async (id: string, value: string, options: Common & { reason?: string }) => {
      const data = { disposition: value === 'none' ? null : value };
      const reason = options.reason === undefined ? {} : { reason: options.reason };
      say(await placed(options, `${segment(id)}/disposition`, { ...data, ...reason }), options);
    });
  const undo = common(new Command('undo').description('Give back what a bulk change changed.'))
    .argument('<bulk-id>')
    .action(async (id: string, options: Common) => say(await placed(options, `bulk/${segment(id)}/undo`, {}), options));
  return [merge, unmerge, disposition, undo, statsCommand(streams, common)];
}

const STATS = [
  'key',
  'name',
  'incidents',
  'unresolved',
  'mtta_s',
  'mttr_s',
  'breached',
  'false_positive_ratio',
] as const;

function statsCommand(streams: Streams, common: (command: Command) => Command): Command {
  return common(new Command('stats').description('Times to acknowledge and resolve, and false positives.'))
    .option('--by <what>', 'rule, assignee or logpoint', 'rule')
    .option('--from <seconds>', 'epoch seconds')
    .option('--to <seconds>', 'epoch seconds')
    .action(async (options: Common & { by: string; from?: string; to?: string }) => {
      const query = new URLSearchParams({ by: options.by });
      if (options.from !== undefined) query.set('from', options.from);
      if (options.to !== undefined) query.set('to', options.to);
      await withApi(options, async (client) => {
        const { poolId, logpointId } = await chooseTenant(client, options);
        const answer = await client.get(`/configapi/${poolId}/${logpointId}/Incidents/metrics?${query}`);
        if (options.json === true) return printJson(streams, answer, true);
        const rows = isJsonObject(answer) && Array.isArray(answer['rows']) ? answer['rows'].filter(isJsonObject) : [];
        printTable(streams, STATS, rows);
      });
    });
}
