import { readFileSync, statSync } from 'node:fs';
import { Command } from 'commander';
import type { RequestOf, TocsinClient } from '../../client/client.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { SigmaFile } from '../../sigma/import-rules.ts';
import { withApi } from '../connection.ts';
import { sigmaFiles } from '../match/rule-sources.ts';
import { printable, printJson, type Streams, usageError } from '../output.ts';
import type { RulesFlags } from '../rules-command.ts';
import { chooseTenant, chooseUser } from '../tenant.ts';
import { importParts } from './import-requests.ts';
import { importJsonRules } from './json-rules.ts';

type ImportFlags = RulesFlags & {
  readonly sigma?: string;
  readonly rules?: string;
  readonly owner?: string;
  readonly repo?: readonly string[];
  readonly inactive?: boolean;
  readonly dryRun?: boolean;
  readonly licence?: string;
};

/** Largest file of JSON rules. */
const JSON_BYTES_MAX = 64 * 1024 * 1024;

export function rulesImportCommand(streams: Streams): Command {
  const list = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  return new Command('import')
    .description('Make alert rules of Sigma or JSON rules; a line for each that was refused says why.')
    .option('--sigma <path>', 'a folder, an archive (.tar, .tar.gz) or a file of Sigma rules')
    .option('--rules <file>', 'a JSON list, or a JSON object a line, with the fields of POST AlertRules')
    .option('--owner <user>', 'id or name of the owner of new rules')
    .option('--repo <name>', 'repo that new rules look at; may be given again', list)
    .option('--inactive', 'new rules do not run yet')
    .option('--dry-run', 'only tell what would happen')
    .option('--licence <name>', 'of Sigma rules that name none (DRL-1.1)')
    .action(async (flags: ImportFlags) => {
      const { sigma, rules } = flags;
      if ((sigma === undefined) === (rules === undefined)) throw usageError('give either --sigma PATH or --rules FILE');
      const files = sigma === undefined ? [] : sigmaFiles(sigma);
      if (sigma !== undefined && files.length === 0)
        throw usageError(`no Sigma rules in ${sigma}: expected .yml files`);
      const text = rules === undefined ? '' : readRules(rules);
      await withApi(flags, async (client) => {
        const tenant = await chooseTenant(client, flags);
        const owner = await chooseUser(tenant, flags.owner);
        const rows =
          sigma === undefined
            ? await importJsonRules(tenant, text, { owner, ...flags })
            : await importFiles(tenant, files, dataOf(flags, owner));
        report(streams, rows, flags.json === true);
      });
    });
}

function readRules(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) throw usageError(`${path} is no file: expected JSON rules`);
  if (stat.size > JSON_BYTES_MAX) {
    throw usageError(`${path} has ${stat.size} bytes: expected at most ${JSON_BYTES_MAX}`);
  }
  return readFileSync(path, 'utf8');
}

type ImportData = RequestOf<'ImportSigmaRules'>['data'];

const dataOf = (flags: ImportFlags, owner: string): ImportData => ({
  owner,
  activate: flags.inactive !== true,
  dry_run: flags.dryRun === true,
  ...(flags.repo === undefined ? {} : { repos: flags.repo }),
  ...(flags.licence === undefined ? {} : { licence: flags.licence }),
});

async function importFiles(
  tenant: TocsinClient,
  files: readonly SigmaFile[],
  data: ImportData,
): Promise<readonly JsonObject[]> {
  const { parts, refused } = importParts(files, data.dry_run === true);
  const rows = [...refused];
  const asSent = (list: readonly SigmaFile[]) => list.map(({ name, text }) => ({ name, content: text }));
  for (const { sent, beside } of parts) {
    const known = beside.length === 0 ? {} : { beside: asSent(beside) };
    const response = await tenant.order('ImportSigmaRules', { data: { ...data, ...known, files: asSent(sent) } });
    rows.push(...response.rows);
  }
  return rows;
}

function report(streams: Streams, rows: readonly JsonObject[], isJson: boolean): void {
  const counts: Record<string, number> = { imported: 0, updated: 0, unchanged: 0, refused: 0 };
  for (const row of rows) counts[String(row['fate'])] = (counts[String(row['fate'])] ?? 0) + 1;
  if (isJson) {
    printJson(streams, { ...counts, rows }, true);
    return;
  }
  for (const row of rows) {
    const warnings: readonly Json[] = Array.isArray(row['warnings']) ? row['warnings'] : [];
    const name = `${String(row['file'])}${row['rule_id'] === '' ? '' : ` (${String(row['rule_id'])})`}`;
    if (row['fate'] === 'refused') streams.out.write(`refused ${printable(`${name}: ${String(row['reason'])}`)}\n`);
    for (const warning of warnings) streams.out.write(`warning ${printable(`${name}: ${String(warning)}`)}\n`);
  }
  const sums = Object.entries(counts).map(([fate, count]) => `${count} ${fate}`);
  streams.out.write(`${sums.join(', ')}\n`);
}
