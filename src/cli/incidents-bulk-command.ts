import { Argument, Command, Option } from 'commander';
import type { TocsinClient } from '../client/client.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import { type ConnectionOptions, withApi } from './connection.ts';
import { printJson, printTable, type Streams, usageError } from './output.ts';
import { chooseTenant, chooseUser } from './tenant.ts';

type Common = ConnectionOptions & {
  readonly pool?: string;
  readonly logpoint?: string;
  readonly as?: string;
  readonly json?: boolean;
};

const DISPOSITIONS = ['true_positive', 'false_positive', 'benign'] as const;
const STATS_BY = ['rule', 'assignee', 'logpoint'] as const;

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

/** Runs `work` in the tenant and in the name of the user that the options mean. */
export function asUser<T>(
  options: Common,
  work: (tenant: TocsinClient, acting: { readonly incident_user_id: string }) => Promise<T>,
): Promise<T> {
  return withApi(options, async (client) => {
    const tenant = await chooseTenant(client, options);
    return work(tenant, { incident_user_id: await chooseUser(tenant, options.as) });
  });
}

/** `merge`, `unmerge`, `disposition`, `undo`, `stats`. `common` adds the options that all incident commands have. */
export function incidentsWorkCommands(streams: Streams, common: (command: Command) => Command): readonly Command[] {
  const say = (response: JsonObject, options: Common): void => printBulk(streams, response, options.json === true);
  const merge = common(new Command('merge').description('Make incidents children of the first.'))
    .argument('<parent>')
    .argument('<children...>')
    .action(async (parent: string, ids: string[], options: Common) =>
      say(
        await asUser(options, (tenant, acting) =>
          tenant.order('MergeIncidents', { path: { id: parent }, data: { ...acting, ids } }),
        ),
        options,
      ),
    );
  const unmerge = common(new Command('unmerge').description('Take children out again; all without names.'))
    .argument('<parent>')
    .argument('[children...]')
    .action(async (parent: string, ids: string[], options: Common) =>
      say(
        await asUser(options, (tenant, acting) => {
          const which = ids.length === 0 ? {} : { ids };
          return tenant.order('UnmergeIncidents', { path: { id: parent }, data: { ...acting, ...which } });
        }),
        options,
      ),
    );
  const disposition = common(new Command('disposition').description('Say what an incident turned out to be.'))
    .argument('<id>')
    .addArgument(new Argument('<disposition>', 'what it was').choices([...DISPOSITIONS, 'none']))
    .option('--reason <text>', 'why')
    .action(async (id: string, value: string, options: Common & { reason?: string }) => {
      const disposition = DISPOSITIONS.find((known) => known === value) ?? null;
      const response = await asUser(options, (tenant, acting) =>
        tenant.order('SetDisposition', { path: { id }, data: { ...acting, disposition, reason: options.reason } }),
      );
      say(response, options);
    });
  const undo = common(new Command('undo').description('Give back what a bulk change changed.'))
    .argument('<bulk-id>')
    .action(async (id: string, options: Common) =>
      say(await asUser(options, (tenant, data) => tenant.order('UndoBulkChange', { path: { id }, data })), options),
    );
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
    .addOption(new Option('--by <what>', 'what a row is about').choices(STATS_BY).default('rule'))
    .option('--from <seconds>', 'epoch seconds of the detection, inclusive; 30 days before --to when not given')
    .option('--to <seconds>', 'epoch seconds, exclusive; now when not given')
    .action(async (options: Common & { by: (typeof STATS_BY)[number]; from?: string; to?: string }) => {
      const query = {
        by: options.by,
        from: secondsOf('--from', options.from),
        to: secondsOf('--to', options.to),
      };
      await withApi(options, async (client) => {
        const tenant = await chooseTenant(client, options);
        const answer = await tenant.call('IncidentMetrics', { query });
        if (options.json === true) return printJson(streams, answer, true);
        const rows = Array.isArray(answer['rows']) ? answer['rows'].filter(isJsonObject) : [];
        printTable(streams, STATS, rows);
      });
    });
}

function secondsOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw usageError(`${option} is ${text}: expected epoch seconds`);
}
