import type { JsonObject } from '../../../src/shared/json.ts';
import { numberOf, textOf, textOrNull, textsOf, timeOf } from '../api/read-json.ts';

/** A rule as the list shows it: what it is, did and costs. */
export type RuleRow = {
  readonly id: string;
  readonly name: string;
  readonly mode: string;
  readonly isActive: boolean;
  readonly risk: string;
  readonly source: string;
  readonly author: string | null;
  readonly hits: number;
  readonly raised: number;
  readonly throttled: number;
  readonly suppressed: number;
  readonly gaps: number;
  readonly lastHitAtMs: number | null;
  readonly lastRunAtMs: number | null;
  readonly lastError: string | null;
  /** Microseconds for each event; null while unknown. */
  readonly costUs: number | null;
  /** Share of judged incidents that were false; null while none was judged. */
  readonly falsePositiveRatio: number | null;
  readonly attackTags: readonly string[];
};

const numberOrNull = (value: JsonObject[string] | undefined): number | null =>
  typeof value === 'number' ? value : null;

export function ruleRowOf(row: JsonObject): RuleRow {
  return {
    id: textOf(row['id']),
    name: textOf(row['name']),
    mode: textOf(row['mode']),
    isActive: row['active'] === true,
    risk: textOf(row['risk']),
    source: textOf(row['source']),
    author: textOrNull(row['author']),
    hits: numberOf(row['hits']),
    raised: numberOf(row['raised']),
    throttled: numberOf(row['throttled']),
    suppressed: numberOf(row['suppressed']),
    gaps: numberOf(row['gaps']),
    lastHitAtMs: timeOf(row['last_hit_at']),
    lastRunAtMs: timeOf(row['last_run_at']),
    lastError: textOrNull(row['last_error']),
    costUs: numberOrNull(row['cost_us']),
    falsePositiveRatio: numberOrNull(row['false_positive_ratio']),
    attackTags: textsOf(row['attack_tag']),
  };
}
