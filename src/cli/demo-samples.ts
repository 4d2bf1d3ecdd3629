import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TocsinClient } from '../client/client.ts';
import { parseRuleFile } from '../rules/rule-file.ts';
import type { Json } from '../shared/json.ts';
import { readSampleLogs } from './sample-logs.ts';

/** The folder beside `src/` and `dist/` alike. */
const SAMPLES = new URL('../../samples/', import.meta.url);

/** Creates a rule from every file of samples/rules and activates it. Answers how many. */
export async function createSampleRules(tenant: TocsinClient, ownerId: string): Promise<number> {
  const hashes = await attackHashes(tenant);
  const addresses = (await tenant.call('ListRepos'))
    .filter((repo) => repo.name === 'default')
    .map((repo) => repo.address);
  const files = readdirSync(new URL('rules/', SAMPLES))
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  await Promise.all(
    files.map(async (name) => {
      const { fields } = parseRuleFile(readFileSync(new URL(`rules/${name}`, SAMPLES), 'utf8'), name);
      const tags = Array.isArray(fields['attack_tag']) ? fields['attack_tag'] : [];
      const attack_tag = tags.flatMap((tag: Json) => hashes.get(String(tag)) ?? []);
      const data = { repos: addresses, ...fields, attack_tag, owner: ownerId };
      await tenant.orderUnchecked('CreateAlertRule', { data });
    }),
  );
  return files.length;
}

/** Hashes of the ATT&CK entries of each technique; one that several tactics use has several. */
async function attackHashes(tenant: TocsinClient): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await tenant.order('FetchMitreAttacks');
  const hashes = new Map<string, string[]>();
  for (const { attack_id: id, hash } of rows) hashes.set(id, [...(hashes.get(id) ?? []), hash]);
  return hashes;
}

export type SentFile = { readonly file: string; readonly accepted: number };

/** The same events as in `web-1-auth-rfc5424.log`, in the older form without a year: one of the two is enough. */
const SKIPPED = 'web-1-auth.log';

/** Sends the recordings, moved to end now, to a repo. */
export async function ingestSampleLogs(tenant: TocsinClient, repo: string): Promise<SentFile[]> {
  const sent: SentFile[] = [];
  const logs = readSampleLogs(fileURLToPath(new URL('logs/', SAMPLES)), Date.now());
  for (const { file, lines } of logs.filter((log) => log.file !== SKIPPED)) {
    const { accepted } = await tenant.ingest(repo, lines.join('\n'), { source_name: file });
    sent.push({ file, accepted });
  }
  return sent;
}
