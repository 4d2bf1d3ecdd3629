import { readdirSync, readFileSync } from 'node:fs';
import { resolveAttackTags } from '../attack/attack-store.ts';
import type { ReadTx } from '../control/control-store.ts';
import { readDefinitions } from '../lists/read-definitions.ts';
import { digestHex, type LogpointId, type ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { AlertRule } from './alert-rule.ts';
import { modeOf } from './condition.ts';
import { parseRuleFile } from './rule-file.ts';
import { readRuleInput } from './rule-input.ts';
import { planRuleQuery } from './rule-query.ts';

/** A rule that ships with the program. It runs on no logpoint before it is installed or used there. */
export type VendorRule = {
  readonly id: ObjectId;
  /** File name without its ending; never changes, and so neither does `id`. */
  readonly vid: string;
  /** The fields of `AlertRules` create without owner and repos. */
  readonly fields: JsonObject;
};

/** Beside `src/` and `dist/` alike. */
const FOLDER = new URL('../../samples/rules/', import.meta.url);
const ENDING = '.yaml';
/** Where a vendor rule looks when nothing else is said. */
export const VENDOR_REPOS = ['default'] as const;

let loaded: readonly VendorRule[] | null = null;

/** By name; read once, they cannot change while the program runs. */
export function vendorRules(): readonly VendorRule[] {
  loaded ??= readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .sort()
    .map((file) => {
      const vid = file.slice(0, -ENDING.length);
      const { fields } = parseRuleFile(readFileSync(new URL(file, FOLDER), 'utf8'), file);
      return { id: digestHex(['vendor-rule', vid], 24), vid, fields };
    });
  return loaded;
}

export const findVendorRule = (id: ObjectId): VendorRule | null => vendorRules().find((rule) => rule.id === id) ?? null;

/** The rule as it would be on the logpoint, inactive and nobody's, so that lists show it like any other. */
export async function previewVendorRule(tx: ReadTx, vendor: VendorRule, logpointId: LogpointId): Promise<AlertRule> {
  const { draft } = readRuleInput({ repos: VENDOR_REPOS, ...vendor.fields });
  const { owner, attackTags, ...spec } = draft;
  const { entries } = await resolveAttackTags(tx, attackTags);
  const { plan } = planRuleQuery(spec.query, await readDefinitions(tx, logpointId, [spec.query]));
  return {
    ...spec,
    attack: entries.map(({ id, hash, attackId, attackTag, attackCategory }) => {
      return { id, hash, attackId, attackTag, attackCategory };
    }),
    id: vendor.id,
    logpointId,
    alertruleId: digestHex(['vendor-rule', vendor.vid], 32),
    ownerId: owner,
    active: false,
    mode: modeOf(plan?.isStreamable === true, spec.conditionOption, spec.conditionValue),
    version: 1,
    matchVersion: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
}
