import { expect, test } from 'vitest';
import {
  type Counts,
  type EvtxManifest,
  eventsOfFile,
  expectedCounts,
  importAll,
  isAbsent,
  named,
  OneByOne,
  type OtrfEntry,
  readManifest,
  sorted,
} from '../sigma/manifests.ts';

// All public rules over all public recordings: the very rules, as often as two independent evaluators found them.

test.skipIf(isAbsent)(named('every recording of the OTRF data sets matches the rules of its manifest'), async () => {
  const rules = new OneByOne(importAll().rules);
  for (const { file, events, expected } of readManifest('manifest-otrf.json') as readonly OtrfEntry[]) {
    const counts: Counts = new Map();
    let seen = 0;
    for await (const event of eventsOfFile(file)) {
      rules.count(event, counts);
      seen += 1;
    }
    expect(seen, file).toBe(events);
    expect(sorted(counts), file).toEqual(sorted(expectedCounts(expected)));
  }
});

test.skipIf(isAbsent)(
  named('every Windows event log of the EVTX data set matches the rules of its manifest'),
  async () => {
    const rules = new OneByOne(importAll().rules);
    const manifest = readManifest('manifest-evtx-cc0.json') as EvtxManifest;
    const byFile = new Map<string, { counts: Counts; events: number }>();
    for await (const event of eventsOfFile('evtx-cc0/evtx-to-mitre-attack.jsonl.br')) {
      const path = event.fields['@file'] ?? '';
      const held = byFile.get(path) ?? { counts: new Map(), events: 0 };
      rules.count(event, held.counts);
      byFile.set(path, { ...held, events: held.events + 1 });
    }
    expect([...byFile.keys()].sort()).toEqual(manifest.files.map(({ path }) => path).sort());
    for (const { path, events, expected } of manifest.files) {
      expect(byFile.get(path)?.events, path).toBe(events);
      expect(sorted(byFile.get(path)?.counts ?? new Map()), path).toEqual(sorted(expectedCounts(expected)));
    }
  },
);
