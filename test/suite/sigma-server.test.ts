import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LogEvent } from '../../src/events/event.ts';
import { RuleSet } from '../../src/ingest/rule-set.ts';
import type { Match } from '../../src/rules/match.ts';
import { rulesLight, streamRules } from '../../src/rules/registry.ts';
import { readTar } from '../../src/sigma/read-tar.ts';
import { DATA, isAbsent, named } from '../corpus/public-data.ts';
import { openDirectorWorld, rowsOf } from '../director/director-world.ts';
import {
  type Counts,
  type EvtxManifest,
  eventsOfFile,
  expectedCounts,
  type OtrfEntry,
  readManifest,
  sorted,
} from '../sigma/manifests.ts';

// The way of a rule through the server: import order, store, stream rules, the matcher of the ingest worker.

test.skipIf(isAbsent)(named('imported public rules match both manifests on the stream of the server'), async () => {
  const world = await openDirectorWorld();
  try {
    const files = readTar(readFileSync(join(DATA, 'sigma-rules.tar.gz'))).filter(({ name }) => name.endsWith('.yml'));
    const fates: Record<string, number> = {};
    for (let at = 0; at < files.length; at += 200) {
      const sent = files.slice(at, at + 200).map(({ name, bytes }) => ({ name, content: bytes.toString('utf8') }));
      const owner = world.acme.admin.id;
      const rows = rowsOf(await world.order('POST AlertRules/sigma', { owner, files: sent }));
      expect(rows.length).toBeGreaterThanOrEqual(sent.length);
      for (const row of rows) {
        fates[String(row['fate'])] = (fates[String(row['fate'])] ?? 0) + 1;
        if (row['fate'] === 'refused') expect(row['reason'], String(row['file'])).not.toBe('');
      }
    }
    expect(fates['imported']).toBeGreaterThan(3_700);
    const { id: logpointId, name: logpointName } = world.acme.logpoint;
    const { rows: light } = await world.store.read(rulesLight, { logpointId });
    const sigmaIds = new Map(light.map((row) => [String(row['id']), String(row['sigma_id'])]));
    const set = RuleSet.compile(await world.store.read(streamRules, null));
    expect(set.report).toMatchObject({ loaded: fates['imported'], refused: [] });
    const matchers = set.matcherOf({ poolId: world.acme.pool.id, logpointId, logpointName, repo: 'default' });
    const count = (event: LogEvent, counts: Counts): void => {
      const matches: Match[] = [];
      matchers?.match({ ...event, repo: 'default' }, matches);
      for (const { ruleId } of matches) {
        const id = sigmaIds.get(ruleId) ?? '';
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    };
    for (const { file, expected } of readManifest('manifest-otrf.json') as readonly OtrfEntry[]) {
      const counts: Counts = new Map();
      for await (const event of eventsOfFile(file)) count(event, counts);
      expect(sorted(counts), file).toEqual(sorted(expectedCounts(expected)));
    }
    const byFile = new Map<string, Counts>();
    for await (const event of eventsOfFile('evtx-cc0/evtx-to-mitre-attack.jsonl.br')) {
      const path = event.fields['@file'] ?? '';
      const counts = byFile.get(path) ?? new Map<string, number>();
      byFile.set(path, counts);
      count(event, counts);
    }
    const manifest = readManifest('manifest-evtx-cc0.json') as EvtxManifest;
    for (const { path, expected } of manifest.files) {
      expect(sorted(byFile.get(path) ?? new Map()), path).toEqual(sorted(expectedCounts(expected)));
    }
  } finally {
    await world.close();
  }
});
