import { Command } from 'commander';
import type { RequestOf, ResultOf } from '../../client/client.ts';
import { withApi } from '../connection.ts';
import { printable, printJson, printTable, type Streams, usageError } from '../output.ts';
import type { RulesFlags } from '../rules-command.ts';
import { chooseTenant } from '../tenant.ts';

type BacktestFlags = RulesFlags & {
  readonly from: string;
  readonly to?: string;
  readonly throttle?: string;
  readonly exception?: string;
  readonly backfill?: boolean;
  readonly notify?: boolean;
};

export function rulesBacktestCommand(streams: Streams): Command {
  return new Command('backtest')
    .description('What a rule would have done over a past range; --backfill raises what it would have raised.')
    .argument('<id>')
    .requiredOption('--from <time>', 'ISO time, epoch seconds, or 7d, 12h before now')
    .option('--to <time>', 'as --from; now when not given')
    .option('--throttle <field:minutes>', 'try a throttling instead of the rule’s own')
    .option('--exception <query>', 'try an exception')
    .option('--backfill', 'raise the incidents, marked as backfilled')
    .option('--notify', 'with --backfill: send the notifications of the rule, too')
    .action(async (id: string, flags: BacktestFlags) => {
      const range = { from: timeOf('--from', flags.from), to: timeOf('--to', flags.to ?? '0d') };
      await withApi(flags, async (client) => {
        const tenant = await chooseTenant(client, flags);
        const backfill = { ...range, notify: flags.notify === true };
        if (flags.backfill === true) {
          const raised = await tenant.order('BackfillAlertRule', { path: { id }, data: backfill });
          if (flags.json === true) printJson(streams, raised, true);
          else streams.out.write(`${raised.message}\n`);
          return;
        }
        const data = { rule_id: id, ...range, ...trialOf(flags) };
        const played = await tenant.order('BacktestAlertRule', { data });
        if (flags.json === true) printJson(streams, played, true);
        else show(streams, played);
      });
    });
}

type Trial = Pick<RequestOf<'BacktestAlertRule'>['data'], 'throttle' | 'exception'>;

function trialOf({ throttle, exception }: BacktestFlags): Trial {
  const [, field, minutes] = /^(.+):(\d+)$/.exec(throttle ?? '') ?? [];
  if (throttle !== undefined && field === undefined)
    throw usageError(`--throttle is ${throttle}: expected field:minutes`);
  return {
    ...(field === undefined ? {} : { throttle: { field, range_minute: Number(minutes) } }),
    ...(exception === undefined ? {} : { exception: { query: exception } }),
  };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 };

function timeOf(option: string, text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (unit !== undefined) return Math.floor(Date.now() / 1000) - Number(count) * (UNIT_SECONDS[unit] ?? 0);
  const seconds = /^\d{1,11}$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (!Number.isFinite(seconds)) throw usageError(`${option} is ${text}: expected an ISO time, epoch seconds or 7d`);
  return seconds;
}

type Counts = Readonly<Record<'incidents' | 'hits' | 'suppressed' | 'throttled', number>>;

function show(streams: Streams, response: ResultOf<'BacktestAlertRule'>): void {
  const sums = ({ incidents, hits, suppressed, throttled }: Counts): string =>
    `${incidents} incidents, ${hits} hits, ${suppressed} suppressed, ${throttled} throttled`;
  const { name, author, licence } = response.rule;
  const by = author === '' ? '' : `, by ${author}${licence === '' ? '' : ` (${licence})`}`;
  streams.out.write(`${printable(name + by)}\n${sums(response)}\n`);
  streams.out.write(`without exceptions: ${sums(response.without_exceptions)}\n`);
  streams.out.write(`as it is: ${sums(response.as_is)}\n\n`);
  printTable(streams, ['day', 'hits', 'incidents'], response.per_day);
  streams.out.write('\n');
  printTable(streams, ['count', 'field', 'value'], response.noisiest);
  const { cut } = response;
  if (cut !== null) {
    const reached = new Date((cut.reached_at ?? 0) * 1000).toISOString();
    streams.err.write(`it ends at ${reached}: ${cut.reason}\n`);
  }
}
