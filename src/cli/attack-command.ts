import { readFileSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { importAttackCatalogue } from '../attack/registry.ts';
import { readStix } from '../attack/stix.ts';
import { withControlStore } from './data-folder.ts';
import { printJson, type Streams, usageError } from './output.ts';

/** MITRE's enterprise bundle has about 50 MB. */
const BUNDLE_BYTES_MAX = 256 * 1024 * 1024;

export function attackCommand(streams: Streams): Command {
  const command = new Command('attack').description('The ATT&CK table.');
  command
    .command('import')
    .description("Replace the built-in table by MITRE's STIX bundle.")
    .argument('<file>', 'enterprise-attack.json')
    .requiredOption('--data <dir>', 'data folder')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { data: string; json?: boolean }) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      if (stat === undefined || !stat.isFile()) throw usageError(`${file} is no file`);
      if (stat.size > BUNDLE_BYTES_MAX) {
        throw usageError(`${file} has ${stat.size} bytes: expected at most ${BUNDLE_BYTES_MAX}`);
      }
      const { catalogue, leftOut } = readStix(readFileSync(file, 'utf8'));
      const { entries } = await withControlStore(options.data, (store) =>
        store.write(importAttackCatalogue, catalogue),
      );
      const { attackVersion, tactics, techniques } = catalogue;
      const counts = {
        attack_version: attackVersion,
        tactics: tactics.length,
        techniques: techniques.length,
        rows: entries,
        left_out: leftOut,
      };
      if (options.json === true) return printJson(streams, counts, true);
      const head = `ATT&CK ${attackVersion}: ${counts.tactics} tactics, ${counts.techniques} techniques, ${entries} rows`;
      streams.out.write(`${head}; ${leftOut} revoked or deprecated left out\n`);
    });
  return command;
}
