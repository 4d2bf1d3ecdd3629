import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';

/** Values that queries name together: `user IN ADMINS`. */
export type List = {
  readonly id: ObjectId;
  readonly logpointId: LogpointId;
  readonly name: string;
  readonly kind: 'static' | 'dynamic';
  readonly description: string;
  /** How long a value of a dynamic list counts after it was last added, ms; null for a static one. */
  readonly ageLimitMs: number | null;
  /** Texts, wildcards, networks (`10.0.0.0/8`); of a dynamic list those that still count. */
  readonly items: readonly string[];
  /** Grows with each change; 1 at first. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

/** Topic signalled after each commit that changed a list or a label package: what queries mean may have changed. */
export const LISTS_CHANGED = 'lists.changed';

export const LISTS_MAX = 1_000;
export const LIST_ITEMS_MAX = 100_000;
export const ITEM_CHARS_MAX = 4_096;
export const AGE_LIMIT_SECONDS_MAX = 3_650 * 86_400;

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** A list as the API shows it; times are epoch seconds. */
export const listRow = (list: List): JsonObject => ({
  id: list.id,
  name: list.name,
  type: list.kind,
  description: list.description,
  items: list.items,
  age_limit: list.ageLimitMs === null ? null : seconds(list.ageLimitMs),
  version: list.version,
  created_at: seconds(list.createdAtMs),
  updated_at: seconds(list.updatedAtMs),
});
