import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { builtInCatalogue } from './built-in.ts';
import { entriesOf } from './catalogue.ts';
import { readStix } from './stix.ts';

const REFERENCE = '../shared/data/attack-18.1.json';

type Reference = {
  tactics: { name: string; shortName: string }[];
  techniques: { id: string; name: string; tactics: string[]; url: string; revoked?: boolean; deprecated?: boolean }[];
};

test.skipIf(!existsSync(REFERENCE))('the built-in table names every live technique with its tactics and url', () => {
  const reference: Reference = JSON.parse(readFileSync(REFERENCE, 'utf8'));
  const live = reference.techniques.filter((t) => t.revoked !== true && t.deprecated !== true);
  const own = builtInCatalogue();
  const facts = (list: readonly { id: string; name: string; tactics: readonly string[]; url: string }[]) =>
    list.map(({ id, name, tactics, url }) => ({ id, name, tactics: [...tactics].sort(), url }));
  expect(facts(own.techniques)).toEqual(facts(live));
  expect(own.tactics).toEqual(reference.tactics.map(({ name, shortName }) => ({ name, shortName })));
});

test('there is one entry per technique and tactic, each with an id and hash of its own', () => {
  const entries = entriesOf(builtInCatalogue());
  const pairs = builtInCatalogue().techniques.flatMap((t) => t.tactics.map((tactic) => `${t.id} ${tactic}`));
  expect(entries).toHaveLength(pairs.length);
  expect(new Set(entries.map((entry) => entry.hash)).size).toBe(entries.length);
  expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length);
  for (const entry of entries) {
    expect(entry.hash).toMatch(/^[0-9a-f]{32}$/);
    expect(entry.id).toMatch(/^[0-9a-f]{24}$/);
  }
});

test('a technique under two tactics has two entries, in the order of the matrix', () => {
  const found = entriesOf(builtInCatalogue()).filter((entry) => entry.attackId === 'T1098');
  expect(found.map((entry) => entry.attackCategory)).toEqual(['Persistence', 'Privilege Escalation']);
});

const bundle = (objects: object[]): string => JSON.stringify({ type: 'bundle', id: 'bundle--1', objects });
const technique = (id: string, extra: object = {}): object => ({
  type: 'attack-pattern',
  name: `name of ${id}`,
  description: 'text',
  external_references: [
    { source_name: 'mitre-attack', external_id: id, url: `https://attack.mitre.org/techniques/${id}` },
  ],
  kill_chain_phases: [{ kill_chain_name: 'mitre-attack', phase_name: 'execution' }],
  x_mitre_version: '1.0',
  ...extra,
});

test('a STIX bundle is read with its version, tactics in matrix order, and without revoked techniques', () => {
  const read = readStix(
    bundle([
      { type: 'x-mitre-tactic', id: 'x-mitre-tactic--b', x_mitre_shortname: 'execution', name: 'Execution' },
      { type: 'x-mitre-tactic', id: 'x-mitre-tactic--a', x_mitre_shortname: 'impact', name: 'Impact' },
      { type: 'x-mitre-matrix', tactic_refs: ['x-mitre-tactic--a', 'x-mitre-tactic--b'] },
      { type: 'x-mitre-collection', x_mitre_version: '19.0' },
      { type: 'marking-definition', definition: { statement: 'Copyright someone' } },
      technique('T1059'),
      technique('T1002', { revoked: true }),
      technique('T1003', { x_mitre_deprecated: true }),
    ]),
  );
  expect(read.leftOut).toBe(2);
  expect(read.catalogue.attackVersion).toBe('19.0');
  expect(read.catalogue.copyright).toBe('Copyright someone');
  expect(read.catalogue.tactics.map((tactic) => tactic.name)).toEqual(['Impact', 'Execution']);
  expect(read.catalogue.techniques.map((t) => [t.id, t.tactics])).toEqual([['T1059', ['execution']]]);
});

test.each([
  ['not json', 'the file is not JSON, expected a STIX bundle'],
  ['[]', 'the JSON is not a STIX bundle: expected {"type":"bundle","objects":[…]}'],
  [bundle([{ type: 'malware' }]), "no live attack-pattern among 1 objects, expected MITRE's STIX bundle"],
])('a file that is not a STIX bundle is refused with what was seen: %s', (text, message) => {
  expect(() => readStix(text)).toThrow(message);
});
