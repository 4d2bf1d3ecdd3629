import { Command, CommanderError } from 'commander';
import { readVersion } from '../version.ts';
import { accountCommand } from './account-command.ts';
import { attackCommand } from './attack-command.ts';
import { backupCommand, restoreCommand } from './backup-command.ts';
import { demoCommand } from './demo-command.ts';
import { incidentsCommand } from './incidents-command.ts';
import { ingestCommand } from './ingest-command.ts';
import { initCommand, poolCommand } from './init-command.ts';
import { matchCommand } from './match-command.ts';
import { EXIT_DONE, EXIT_USAGE, reportFailure, type Streams } from './output.ts';
import { queryCommand } from './query-command.ts';
import { rulesCommand } from './rules-command.ts';
import { serveCommand } from './serve-command.ts';
import { tokenCommand } from './token-command.ts';
import { userCommand } from './user-command.ts';
import { verifyCommand } from './verify-command.ts';

/** Runs one command line and answers its exit code: 0 done, 1 failed, 2 wrong usage. */
export async function runCli(args: readonly string[], streams: Streams): Promise<number> {
  const program = createProgram(streams);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return EXIT_DONE;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(error, streams);
    if (error.exitCode === 0) return EXIT_DONE;
    // Without a subcommand, commander has written the help; there is no message then.
    if (error.code !== 'commander.help') {
      streams.err.write(`tocsin: USAGE: ${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}\n`);
    }
    return EXIT_USAGE;
  }
}

function createProgram(streams: Streams): Command {
  const program = new Command('tocsin')
    .description('Self-hosted security incident server that speaks the Director Console API.')
    .version(readVersion());
  for (const command of [
    initCommand(streams),
    serveCommand(),
    demoCommand(streams),
    ingestCommand(streams),
    queryCommand(streams),
    matchCommand(streams),
    incidentsCommand(streams),
    rulesCommand(streams),
    tokenCommand(streams),
    poolCommand(streams),
    accountCommand(streams),
    userCommand(streams),
    attackCommand(streams),
    backupCommand(streams),
    restoreCommand(streams),
    verifyCommand(streams),
  ]) {
    program.addCommand(command);
  }
  quiet(program, streams);
  return program;
}

/** Errors are thrown, not printed with usage text: one line is written at one place. Holds for every subcommand. */
function quiet(command: Command, streams: Streams): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void streams.out.write(text),
    writeErr: (text) => void streams.err.write(text),
    outputError: () => {},
  });
  for (const sub of command.commands) quiet(sub, streams);
}
