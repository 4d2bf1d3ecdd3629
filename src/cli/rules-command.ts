import { Command } from 'commander';
import { addConnectionOptions, type ConnectionOptions } from './connection.ts';
import type { Streams } from './output.ts';
import { rulesBacktestCommand } from './rules/backtest-command.ts';
import { rulesImportCommand } from './rules/import-command.ts';
import { rulesCoverageCommand, rulesListCommand } from './rules/list-command.ts';

/** What every `tocsin rules …` takes. */
export type RulesFlags = ConnectionOptions & {
  readonly pool?: string;
  readonly logpoint?: string;
  readonly json?: boolean;
};

export function rulesCommand(streams: Streams): Command {
  const command = new Command('rules').description('Alert rules over the API.');
  const commands = [
    rulesImportCommand(streams),
    rulesListCommand(streams),
    rulesCoverageCommand(streams),
    rulesBacktestCommand(streams),
  ];
  for (const sub of commands) command.addCommand(withRulesFlags(sub));
  return command;
}

const withRulesFlags = (command: Command): Command =>
  addConnectionOptions(command)
    .option('--pool <pool>', 'id or name of the pool, when there are several')
    .option('--logpoint <logpoint>', 'id or name of the logpoint, when there are several')
    .option('--json', 'print JSON');
