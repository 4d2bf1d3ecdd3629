import { Command } from 'commander';
import { withApi } from '../connection.ts';
import { printJson, printTable, type Streams } from '../output.ts';
import type { RulesFlags } from '../rules-command.ts';
import { chooseTenant } from '../tenant.ts';

const COLUMNS = [
  'id',
  'name',
  'mode',
  'state',
  'risk',
  'author',
  'matches',
  'hits',
  'raised',
  'extended',
  'throttled',
  'suppressed',
  'last_hit',
  'gaps',
  'cost_us',
  'last_error',
] as const;

/** What each rule did, left out and costs. */
export function rulesListCommand(streams: Streams): Command {
  return new Command('list')
    .description('Alert rules with what each did, left out and costs (microseconds for each event).')
    .option('--query <text>', 'in name, id, Sigma id, author or technique')
    .action(async (flags: RulesFlags & { query?: string }) => {
      await withApi(flags, async (client) => {
        const tenant = await chooseTenant(client, flags);
        const rows = await tenant.call('ListAlertRules', { query: { q: flags.query } });
        if (flags.json === true) {
          printJson(streams, rows, true);
          return;
        }
        const shown = rows.map((row) => ({
          ...row,
          state: row.active ? 'active' : 'off',
          last_hit: timeOf(row.last_hit_at),
        }));
        printTable(streams, COLUMNS, shown);
      });
    });
}

const timeOf = (seconds: number | null): string =>
  seconds !== null ? new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ') : '';

/** Techniques that the active rules cover. */
export function rulesCoverageCommand(streams: Streams): Command {
  return new Command('coverage')
    .description('ATT&CK tactics and techniques that the active rules cover.')
    .option('--navigator', 'print a layer file of the ATT&CK Navigator')
    .action(async (flags: RulesFlags & { navigator?: boolean }) => {
      await withApi(flags, async (client) => {
        const tenant = await chooseTenant(client, flags);
        if (flags.navigator === true) {
          printJson(streams, await tenant.call('MitreAttacksNavigator'), flags.json === true);
          return;
        }
        const coverage = await tenant.call('MitreAttacksCoverage');
        if (flags.json === true) printJson(streams, coverage, true);
        else printTable(streams, ['tactic', 'techniques', 'covered', 'rules', 'incidents'], coverage.tactics);
      });
    });
}
