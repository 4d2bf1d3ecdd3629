import { readdirSync, readFileSync } from 'node:fs';
import { parseRuleFile } from '../rules/rule-file.ts';
import { AppError } from '../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import type { ApiClient } from './api-client.ts';

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

/** Sends the files of samples/logs to the repo behind `ingestPath`. */
export async function ingestSampleLogs(client: ApiClient, ingestPath: string): Promise<SentFile[]> {
  const files = readdirSync(new URL('logs/', SAMPLES))
    .filter((file) => file !== SKIPPED)
    .sort();
  const sent: SentFile[] = [];
  for (const file of files) {
    const text = readFileSync(new URL(`logs/${file}`, SAMPLES), 'utf8');
    const bytes = new TextEncoder().encode(endNow(text, Date.now()));
    const answer = await client.send(`${ingestPath}?source_name=${encodeURIComponent(file)}`, bytes, {
      'content-type': 'text/plain',
    });
    if (!isJsonObject(answer))
      throw new AppError('unavailable', 'SERVER_ANSWER', 'unexpected answer to an ingest request');
    sent.push({ file, accepted: Number(answer['accepted']) });
  }
  return sent;
}

const ISO = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;
const COMMON_LOG = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})\]/g;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The lines with their times moved so that the last one happened now: scheduled rules look at the last minutes. */
export function endNow(text: string, nowMs: number): string {
  const commonMs = (line: RegExpMatchArray): number =>
    Date.parse(
      `${line[3]}-${String(MONTHS.indexOf(line[2] ?? '') + 1).padStart(2, '0')}-${line[1]}T${line[4]}${line[5]}`,
    );
  const isoTimes = [...text.matchAll(ISO)].map(([time]) => Date.parse(time));
  const times = isoTimes.length > 0 ? isoTimes : [...text.matchAll(COMMON_LOG)].map(commonMs);
  const shiftMs = nowMs - times.reduce((last, time) => Math.max(last, time), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(shiftMs)) return text;
  if (isoTimes.length > 0) return text.replace(ISO, (time) => new Date(Date.parse(time) + shiftMs).toISOString());
  return text.replace(COMMON_LOG, (...line: RegExpMatchArray) => {
    const iso = new Date(commonMs(line) + shiftMs).toISOString();
    return `[${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000]`;
  });
}

const rowsOf = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
