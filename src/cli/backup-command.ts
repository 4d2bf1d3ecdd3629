import { Command } from 'commander';
import type { BackupReport } from './backup-files.ts';
import { backUp, restore } from './backup-folder.ts';
import { printJson, type Streams } from './output.ts';

export function backupCommand(streams: Streams): Command {
  return new Command('backup')
    .description('Copy a data folder whole, with keys and digests; a server on it goes on meanwhile.')
    .argument('<out>', 'folder to make')
    .requiredOption('--data <dir>', 'data folder')
    .option('--json', 'print JSON')
    .action(async (out: string, options: { data: string; json?: boolean }) => {
      say(streams, 'backed up', await backUp(options.data, out), options.json === true);
    });
}

export function restoreCommand(streams: Streams): Command {
  return new Command('restore')
    .description('Bring a backup into an empty folder; a damaged one is refused before anything is written.')
    .argument('<in>', 'folder that backup made')
    .requiredOption('--data <dir>', 'folder to make')
    .option('--json', 'print JSON')
    .action(async (from: string, options: { data: string; json?: boolean }) => {
      say(streams, 'restored', await restore(from, options.data), options.json === true);
    });
}

function say(streams: Streams, done: string, { files, bytes }: BackupReport, isJson: boolean): void {
  if (isJson) printJson(streams, { files, bytes }, true);
  else streams.out.write(`${done}: ${files} files, ${bytes} bytes\n`);
}
