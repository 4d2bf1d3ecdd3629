import { digestHex, type Hex32, type ObjectId } from '../shared/ids.ts';

/** One technique (or sub-technique) under one of its tactics: a row of `MitreAttacks/fetch`. */
export type AttackEntry = {
  readonly hash: Hex32;
  readonly id: ObjectId;
  /** `T1003.001` */
  readonly attackId: string;
  /** Name of the technique, `LSASS Memory`. */
  readonly attackTag: string;
  /** Name of the tactic, `Credential Access`. */
  readonly attackCategory: string;
  readonly description: string;
  readonly url: string;
  readonly version: string;
};

/** ATT&CK as data: what the built-in list and a STIX bundle are both read into. */
export type AttackCatalogue = {
  readonly attackVersion: string;
  readonly copyright: string;
  /** In the order of the matrix. */
  readonly tactics: readonly { readonly shortName: string; readonly name: string }[];
  readonly techniques: readonly {
    readonly id: string;
    readonly name: string;
    readonly tactics: readonly string[];
    readonly version: string;
    readonly description: string;
    readonly url: string;
  }[];
};

export const techniqueUrl = (attackId: string): string =>
  `https://attack.mitre.org/techniques/${attackId.replace('.', '/')}`;

/**
 * The entries of a catalogue, by technique id, tactics in matrix order.
 *
 * `hash` and `id` are digests of technique and tactic, so a rule that names one keeps its meaning over imports.
 */
export function entriesOf(catalogue: AttackCatalogue): AttackEntry[] {
  const place = new Map(catalogue.tactics.map((tactic, index) => [tactic.shortName, { index, name: tactic.name }]));
  const entries: AttackEntry[] = [];
  const techniques = [...catalogue.techniques].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  for (const technique of techniques) {
    const tactics = [...technique.tactics].sort(
      (a, b) => (place.get(a)?.index ?? Number.MAX_SAFE_INTEGER) - (place.get(b)?.index ?? Number.MAX_SAFE_INTEGER),
    );
    for (const shortName of tactics) {
      entries.push({
        hash: digestHex(['attack', technique.id, shortName], 32),
        id: digestHex(['attack-entry', technique.id, shortName], 24),
        attackId: technique.id,
        attackTag: technique.name,
        attackCategory: place.get(shortName)?.name ?? shortName,
        description: technique.description,
        url: technique.url,
        version: technique.version,
      });
    }
  }
  return entries;
}
