import type { JsonObject } from '../../../src/shared/json.ts';
import { numberOf, rowsOf, textOf } from '../api/read-json.ts';
import type { AttackFilter } from './attack-params.ts';

export type Technique = {
  readonly id: string;
  readonly name: string;
  readonly tactic: string;
  readonly rules: readonly { readonly id: string; readonly name: string; readonly isActive: boolean }[];
  readonly active: number;
  /** Raised by its rules within the time that was asked for. */
  readonly incidents: number;
};
export type Coverage = {
  readonly version: string;
  /** In the order of the matrix. */
  readonly tactics: readonly string[];
  readonly techniques: readonly Technique[];
};

export const coverageOf = (value: JsonObject): Coverage => ({
  version: textOf(value['attack_version']),
  tactics: rowsOf(value['tactics']).map((row) => textOf(row['tactic'])),
  techniques: rowsOf(value['techniques']).map((row) => ({
    id: textOf(row['attack_id']),
    name: textOf(row['name']),
    tactic: textOf(row['tactic']),
    rules: rowsOf(row['rules']).map((rule) => ({
      id: textOf(rule['id']),
      name: textOf(rule['name']),
      isActive: rule['active'] === true,
    })),
    active: numberOf(row['active']),
    incidents: numberOf(row['incidents']),
  })),
});

export function isShown({ active, incidents, rules }: Technique, filter: AttackFilter): boolean {
  if (filter === 'used') return rules.length > 0 || incidents > 0;
  if (filter === 'covered') return active > 0;
  if (filter === 'gaps') return active === 0;
  return filter === 'all' || incidents > 0;
}

export type TacticCoverage = { readonly tactic: string; readonly covered: number; readonly techniques: number };

/** Tactics of which the smallest share is covered come first. */
export function weakestTactics({ tactics, techniques }: Coverage): readonly TacticCoverage[] {
  return tactics
    .filter((tactic) => tactic !== '')
    .map((tactic) => {
      const own = techniques.filter((technique) => technique.tactic === tactic);
      return { tactic, techniques: own.length, covered: own.filter(({ active }) => active > 0).length };
    })
    .sort((a, b) => a.covered / a.techniques - b.covered / b.techniques);
}

/** Techniques that only rules which are off would cover, each once: the gaps that are closed with a click. */
export function sleepingTechniques({ techniques }: Coverage): readonly Technique[] {
  const found = new Map<string, Technique>();
  for (const technique of techniques) {
    if (technique.active === 0 && technique.rules.length > 0 && !found.has(technique.id)) {
      found.set(technique.id, technique);
    }
  }
  return [...found.values()].sort((a, b) => b.incidents - a.incidents);
}

const HEATS = 3;

/** 0 for no incident, 1 to 3 beside the technique with most of them. */
export const heatOf = (incidents: number, most: number): number =>
  incidents === 0 ? 0 : Math.min(HEATS, 1 + Math.floor((HEATS * incidents) / (most + 1)));
