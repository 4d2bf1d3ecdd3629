import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseRuleFile } from '../rules/rule-file.ts';
import { AppError } from '../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import type { ApiClient } from './api-client.ts';
import { readSampleLogs } from './sample-logs.ts';

/** The folder beside `src/` and `dist/` alike. */
const SAMPLES = new URL('../../samples/', import.meta.url);

/** Creates a rule from every file of samples/rules and activates it. Answers how many. */
export async function createSampleRules(client: ApiClient, base: string, ownerId: string): Promise<number> {
  const hashes = await attackHashes(client, base);
  const repos = await client.get(`${base}/Repos`);
  const addresses = rowsOf(repos)
    .filter((repo) => repo['name'] === 'default')
    .map((repo) => String(repo['address']));
  const files = readdirSync(new URL('rules/', SAMPLES))
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  await Promise.all(
    files.map(async (name) => {
      const { fields } = parseRuleFile(readFileSync(new URL(`rules/${name}`, SAMPLES), 'utf8'), name);
      const tags = Array.isArray(fields['attack_tag']) ? fields['attack_tag'] : [];
      const attack_tag = tags.flatMap((tag: Json) => hashes.get(String(tag)) ?? []);
      await client.order(`${base}/AlertRules`, { repos: addresses, ...fields, attack_tag, owner: ownerId });
    }),
  );
  return files.length;
}

/** Hashes of the ATT&CK entries of each technique; one that several tactics use has several. */
async function attackHashes(client: ApiClient, base: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await client.order(`${base}/MitreAttacks/fetch`, {});
  const hashes = new Map<string, string[]>();
  for (const row of rowsOf(rows)) {
    const id = String(row['attack_id']);
    hashes.set(id, [...(hashes.get(id) ?? []), String(row['hash'])]);
  }
  return hashes;
}

export type SentFile = { readonly file: string; readonly accepted: number };

/** The same events as in `web-1-auth-rfc5424.log`, in the older form without a year: one of the two is enough. */
const SKIPPED = 'web-1-auth.log';

/** Sends the recordings, moved to end now, to the repo behind `ingestPath`. */
export async function ingestSampleLogs(client: ApiClient, ingestPath: string): Promise<SentFile[]> {
  const sent: SentFile[] = [];
  const logs = readSampleLogs(fileURLToPath(new URL('logs/', SAMPLES)), Date.now());
  for (const { file, lines } of logs.filter((log) => log.file !== SKIPPED)) {
    const bytes = new TextEncoder().encode(lines.join('\n'));
    const answer = await client.send(`${ingestPath}?source_name=${encodeURIComponent(file)}`, bytes, {
      'content-type': 'text/plain',
    });
    if (!isJsonObject(answer)) {
      throw new AppError('unavailable', 'SERVER_ANSWER', 'unexpected answer to an ingest request');
    }
    sent.push({ file, accepted: Number(answer['accepted']) });
  }
  return sent;
}

const rowsOf = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
