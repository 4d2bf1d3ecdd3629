import { Argument, Command, Option } from 'commander';
import type { RequestOf, TocsinClient } from '../client/client.ts';
import { AppError } from '../shared/errors.ts';
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

type Filter = NonNullable<RequestOf<'BulkChange'>['data']['filter']>;

/** How the values of a filter are written. */
const FILTERS: Readonly<Record<Exclude<keyof Filter, 'metadata' | 'limit' | 'cursor'>, 'list' | 'number' | 'text'>> = {
  status: 'list',
  risk: 'list',
  type: 'list',
  assigned_to_users: 'list',
  attack_tag: 'list',
  attack_category: 'list',
  log_source: 'list',
  rule: 'list',
  entity: 'list',
  disposition: 'list',
  start_date: 'number',
  end_date: 'number',
  updated_since: 'number',
  name: 'text',
  q: 'text',
  sla: 'text',
  merged: 'text',
};

/**
 * `risk=high,low&q=sshd`, or JSON as FetchIncidents takes it. A name that is none of a filter would let every incident
 * through, and so would an empty filter.
 *
 * @throws AppError `USAGE`
 */
export function filterOption(text: string): Filter {
  const filter = text.trim().startsWith('{') ? jsonFilter(text) : queryFilter(text);
  const known = new Set([...Object.keys(FILTERS), 'metadata']);
  const unknown = Object.keys(filter).find((name) => !known.has(name));
  if (unknown !== undefined) throw usageError(`--filter has no ${unknown}: expected ${[...known].join(', ')}`);
  if (Object.keys(filter).length > 0) return filter;
  throw usageError('--filter names nothing: expected such as status=unresolved');
}

function jsonFilter(text: string): Filter {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Said below.
  }
  throw usageError('--filter is no JSON object');
}

function queryFilter(text: string): Filter {
  const forms: Readonly<Record<string, string>> = FILTERS;
  const filter: Record<string, Json> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    if (value === '') throw usageError(`--filter ${name} has no value`);
    filter[name] = forms[name] === 'list' ? value.split(',') : value;
    if (forms[name] === 'number') filter[name] = secondsOf(`--filter ${name}`, value) ?? 0;
  }
  return filter;
}

/** What a change of many says: how many, and the refusals. @throws AppError `BULK_REFUSED` when there are any */
export function printBulk(streams: Streams, response: JsonObject, isJson: boolean): void {
  const { message, bulk_id: bulkId, done } = response;
  const refused = Array.isArray(response['refused']) ? response['refused'].filter(isJsonObject) : [];
  if (isJson) printJson(streams, response, true);
  else {
    streams.out.write(`${String(message)}\n`);
    if (refused.length > 0) printTable(streams, ['number', 'id', 'message'], refused);
    if (bulkId !== undefined && done !== 0) streams.out.write(`undo: tocsin incidents undo ${String(bulkId)}\n`);
  }
  const count = Number(response['refused_count'] ?? refused.length);
  if (count > 0) throw new AppError('conflict', 'BULK_REFUSED', `${count} of the incidents were refused`);
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
        printTable(streams, STATS, answer.rows);
      });
    });
}

function secondsOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw usageError(`${option} is ${text}: expected epoch seconds`);
}
