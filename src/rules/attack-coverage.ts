import { attackSource, listAttackEntries } from '../attack/attack-store.ts';
import type { ReadTx } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { listRuleStats } from './rule-stats.ts';
import { listRules } from './rule-store.ts';

/** What the rules of a logpoint cover of one technique under one tactic. */
type Covered = {
  readonly attackId: string;
  readonly name: string;
  /** Of the matrix; '' for a technique that the ATT&CK table does not hold. */
  readonly tactic: string;
  readonly rules: { readonly id: string; readonly name: string; readonly active: boolean }[];
  active: number;
  incidents: number;
};

export type CoverageRequest = {
  readonly logpointId: LogpointId;
  /** Incidents by rule id; when left out, those that each rule ever raised. */
  readonly incidents?: Readonly<Record<string, number>> | undefined;
};

/** Techniques by tactic, in the order of the matrix, those of no rule too; what the table lacks comes last. */
async function coveredTechniques(tx: ReadTx, { logpointId, incidents }: CoverageRequest): Promise<readonly Covered[]> {
  const place = new Map(((await attackSource(tx))?.tactics ?? []).map((tactic, index) => [tactic, index]));
  const covered = new Map<string, Covered>();
  for (const { hash, attackId, attackTag, attackCategory } of await listAttackEntries(tx)) {
    covered.set(hash, { attackId, name: attackTag, tactic: attackCategory, rules: [], active: 0, incidents: 0 });
  }
  const raised =
    incidents === undefined
      ? new Map((await listRuleStats(tx, { logpointId })).map((stats) => [stats.ruleId, stats.raised]))
      : new Map(Object.entries(incidents));
  for (const { id, name, active, attack } of await listRules(tx, { logpointId })) {
    for (const { hash, attackId, attackTag, attackCategory } of attack) {
      const fresh = { attackId, name: attackTag, tactic: attackCategory, rules: [], active: 0, incidents: 0 };
      const entry = covered.get(hash) ?? fresh;
      covered.set(hash, entry);
      entry.rules.push({ id, name, active });
      if (active) entry.active += 1;
      entry.incidents += raised.get(id) ?? 0;
    }
  }
  const placeOf = ({ tactic }: Covered): number => place.get(tactic) ?? place.size;
  return [...covered.values()].sort((a, b) => placeOf(a) - placeOf(b));
}

/** Rows of `MitreAttacks/coverage`: every technique under every tactic, and sums for each tactic. */
export async function attackCoverage(tx: ReadTx, request: CoverageRequest): Promise<JsonObject> {
  const covered = await coveredTechniques(tx, request);
  const tactics = new Map<string, { techniques: number; covered: number; rules: Set<string>; incidents: number }>();
  for (const { tactic, rules, active, incidents } of covered) {
    const sum = tactics.get(tactic) ?? { techniques: 0, covered: 0, rules: new Set<string>(), incidents: 0 };
    tactics.set(tactic, sum);
    sum.techniques += 1;
    if (active > 0) sum.covered += 1;
    for (const { id } of rules) sum.rules.add(id);
    sum.incidents += incidents;
  }
  return {
    attack_version: (await attackSource(tx))?.attackVersion ?? '',
    tactics: [...tactics].map(([tactic, sum]) => ({ tactic, ...sum, rules: sum.rules.size })),
    techniques: covered.map(({ attackId, name, tactic, rules, active, incidents }) => {
      return { attack_id: attackId, name, tactic, rules, active, incidents };
    }),
  };
}

/**
 * The coverage as a layer of the ATT&CK Navigator: the score of a technique is how many active rules it has.
 * Source: ATT&CK Navigator layer file format 4.5.
 */
export async function navigatorLayer(
  tx: ReadTx,
  { name, ...request }: CoverageRequest & { readonly name: string },
): Promise<JsonObject> {
  const covered = (await coveredTechniques(tx, request)).filter(({ rules }) => rules.length > 0);
  const version = (await attackSource(tx))?.attackVersion ?? '';
  return {
    name: `Rules of ${name}`,
    versions: { attack: version.split('.')[0] ?? version, navigator: '5.1.0', layer: '4.5' },
    domain: 'enterprise-attack',
    description: 'Score: active alert rules of the technique.',
    sorting: 3,
    hideDisabled: false,
    gradient: {
      colors: ['#ffffff', '#8ec843'],
      minValue: 0,
      maxValue: covered.reduce((most, { active }) => Math.max(most, active), 1),
    },
    techniques: covered.map(({ attackId, tactic, rules, active, incidents }) => ({
      techniqueID: attackId,
      ...(tactic === '' ? {} : { tactic: tactic.toLowerCase().replace(/ /g, '-') }),
      score: active,
      enabled: true,
      comment: rules
        .slice(0, RULES_NAMED_MAX)
        .map((rule) => rule.name)
        .join('; '),
      metadata: [
        { name: 'rules', value: String(rules.length) },
        { name: 'incidents', value: String(incidents) },
      ],
    })),
  };
}

/** Rules that the comment of a technique names. */
const RULES_NAMED_MAX = 10;
