import { expect, test } from 'vitest';
import { isAbsent, named } from '../corpus/public-data.ts';
import {
  type Counts,
  eventsOfFile,
  expectedCounts,
  importAll,
  OneByOne,
  type OtrfEntry,
  readManifest,
  sorted,
} from './manifests.ts';

const FILE = 'otrf/cmd_psexec_lsa_secrets_dump_2020-10-1903305471.jsonl.br';

test.skipIf(isAbsent)(
  named('the public rules load, all that do not with a reason, and match what they must in one recording'),
  async () => {
    const { rules, report } = importAll();
    expect(report).toHaveLength(3_780);
    const refused = report.filter(({ fate }) => fate !== 'loaded');
    expect(rules.length + refused.length).toBe(report.length);
    // What is refused wants values that only its reader has; every other rule can run.
    for (const line of refused)
      expect(line.reasons.join(), line.file).toContain('the rule needs the values of the placeholder');
    expect(refused).toHaveLength(25);
    const entry = (readManifest('manifest-otrf.json') as readonly OtrfEntry[]).find(({ file }) => file === FILE);
    const rulesOneByOne = new OneByOne(rules);
    const counts: Counts = new Map();
    for await (const event of eventsOfFile(FILE)) rulesOneByOne.count(event, counts);
    expect(sorted(counts)).toEqual(sorted(expectedCounts(entry?.expected ?? [])));
  },
  60_000,
);
