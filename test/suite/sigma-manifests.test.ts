import { expect, test } from 'vitest';
import { EventView } from '../../src/query/event-view.ts';
import { buildMatcher } from '../../src/rules/matcher/build-matcher.ts';
import { isAbsent, named } from '../corpus/public-data.ts';
import {
  type Counts,
  type EvtxManifest,
  eventsOfFile,
  expectedCounts,
  importAll,
  OneByOne,
  type OtrfEntry,
  readManifest,
  sorted,
} from '../sigma/manifests.ts';

// All public rules over all public recordings: the very rules, as often as two independent evaluators found them. The
// index and the rules tried one by one agree on every event.

const same = (counts: Counts, ids: readonly string[]): boolean =>
  counts.size === ids.length && ids.every((id) => counts.get(id) === 1);

test.skipIf(isAbsent)(named('every recording of the OTRF data sets matches the rules of its manifest'), async () => {
  const { rules } = importAll();
  const oneByOne = new OneByOne(rules);
  const matcher = buildMatcher(rules.map(({ metadata: { id: key }, condition }) => ({ key, condition })));
  const view = new EventView();
  for (const { file, events, expected } of readManifest('manifest-otrf.json') as readonly OtrfEntry[]) {
    const counts: Counts = new Map();
    let seen = 0;
    for await (const event of eventsOfFile(file)) {
      const own: Counts = new Map();
      oneByOne.count(event, own);
      const found = matcher.match(event, view);
      if (!same(own, found)) expect(found, `${file}, event ${seen + 1}`).toEqual([...own.keys()]);
      for (const id of found) counts.set(id, (counts.get(id) ?? 0) + 1);
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
