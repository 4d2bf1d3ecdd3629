#!/usr/bin/env node
import { runCli } from './cli/program.ts';

// The data folder, whoever made it, is for its owner alone.
process.umask(0o077);

// Whoever reads the output has gone (`tocsin … | head`): end as after a signal, with everything closed.
process.stdout.once('error', () => {
  process.stdout.on('error', () => {});
  process.kill(process.pid, 'SIGTERM');
});

process.exitCode = await runCli(process.argv.slice(2), { out: process.stdout, err: process.stderr });
