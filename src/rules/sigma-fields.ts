import { resolveAttackTags } from '../attack/attack-store.ts';
import type { AttackEntry } from '../attack/catalogue.ts';
import type { ReadTx } from '../control/control-store.ts';
import { digestHex } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { PreparedDocument } from '../sigma/prepare-import.ts';
import type { LogSource, SigmaMetadata } from '../sigma/sigma-rule.ts';
import type { AttackRef, RuleSigma } from './alert-rule.ts';
import { DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX } from './rule-input.ts';

/** Rows that an incident of a Sigma rule shows, and how far apart its hits may be to belong to one incident. */
const ROWS_LIMIT = 100;
const RANGE_MINUTES = 10;

/** The query of a Sigma rule: it names the rule, whose condition is kept beside it. */
export const sigmaQuery = (sigmaId: string): string => `sigma_rule="${sigmaId}"`;

/** What the rule says of itself, for its alert rule. Public rules name no licence: then the import's counts. */
export function ruleSigma({ metadata, logSource }: PreparedDocument, licence: string): RuleSigma {
  const { id, author, references, license, status, level, date, modified, tags, falsePositives } = metadata;
  return {
    id,
    author,
    references,
    licence: license === '' ? licence : license,
    status,
    level: level ?? '',
    date,
    modified,
    tags,
    falsePositives,
    product: logSource?.product ?? null,
    category: logSource?.category ?? null,
    service: logSource?.service ?? null,
  };
}

/** Fields of `AlertRules` create that the Sigma rule decides, again with each of its versions. */
export function sigmaFields(
  metadata: SigmaMetadata,
  logSource: LogSource | null,
  attack: readonly string[],
): JsonObject {
  return {
    description: plainText(metadata.description, DESCRIPTION_CHARS_MAX),
    risk: metadata.risk,
    attack_tag: attack,
    log_source: [logSource?.product, logSource?.category, logSource?.service].filter(
      (part) => typeof part === 'string',
    ),
  };
}

/** Fields that only the first import sets: afterwards they are the logpoint's. */
export function firstFields(sigmaId: string, repos: readonly string[], owner: string): JsonObject {
  return {
    query: sigmaQuery(sigmaId),
    owner,
    repos,
    limit: ROWS_LIMIT,
    timerange_minute: RANGE_MINUTES,
    condition_option: 'greaterthan',
    condition_value: 0,
    aggregate: 'max',
  };
}

/** A title that no other rule has: a second one is told apart by the id. */
export function ruleName(metadata: SigmaMetadata, isTaken: boolean): string {
  const title = plainText(metadata.title, NAME_CHARS_MAX - 20)
    .replace(/\s+/g, ' ')
    .trim();
  const shown = title === '' ? metadata.id : title;
  return isTaken ? `${shown} (${metadata.id.slice(0, 8)})` : shown;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const plainText = (text: string, charsMax: number): string => text.replace(CONTROL, ' ').slice(0, charsMax);

export type SigmaAttack = {
  /** Hashes of entries that the table holds. */
  readonly known: readonly string[];
  /** Techniques that it does not hold, kept as the rule writes them. */
  readonly kept: readonly AttackRef[];
};

/**
 * The techniques of a rule. Of a technique under several tactics those entries are meant whose tactic the rule names,
 * too; all when it names none of them.
 */
export async function sigmaAttack(tx: ReadTx, { attackIds, tactics }: SigmaMetadata): Promise<SigmaAttack> {
  const named = new Set(tactics);
  const known: string[] = [];
  const kept: AttackRef[] = [];
  for (const attackId of attackIds.filter((id) => /^T\d/.test(id))) {
    const { entries } = await resolveAttackTags(tx, [attackId]);
    const meant = entries.filter((entry) => named.has(tacticOf(entry)));
    for (const { hash } of meant.length === 0 ? entries : meant) known.push(hash);
    if (entries.length === 0) kept.push(unknownRef(attackId));
  }
  return { known, kept };
}

/** As tags write it: `defense-evasion`. */
const tacticOf = ({ attackCategory }: AttackEntry): string => attackCategory.toLowerCase().replace(/[ _]/g, '-');

const unknownRef = (attackId: string): AttackRef => ({
  id: digestHex(['attack-unknown', attackId], 24),
  hash: digestHex(['attack-unknown', attackId], 32),
  attackId,
  attackTag: attackId,
  attackCategory: '',
});
