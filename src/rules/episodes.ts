import type { Tx } from '../control/control-store.ts';
import { digestHex, type ObjectId } from '../shared/ids.ts';

/**
 * How long state is kept beyond the time that it speaks for, by arrival: logs that come up to an hour late, and whole
 * imports of old logs, are counted as if they had come in time.
 */
export const LATENESS_MS = 3_600_000;

/** One incident and the hits that belong to it, both ends inclusive, in event time. */
export type Episode = { readonly firstMs: number; readonly lastMs: number; readonly incidentId: ObjectId };

export const GROUP_KEY_CHARS_MAX = 256;
/** Control characters and halves of surrogate pairs, which not every store keeps as they are. */
const UNKEPT = /[\p{Cc}\p{Cs}]/u;

/** The text, or its digest when it is long or not plain: keys come from log text, which may be anything. */
export function groupKeyOf(text: string): string {
  const isKept = text.length <= GROUP_KEY_CHARS_MAX && !UNKEPT.test(text);
  return isKept ? text : `sha256:${digestHex([JSON.stringify(text)], 64)}`;
}

/** Keys have no control characters, so that a throttling value is never the name of a group. */
export const throttleKeyOf = (value: string): string => `\u0002${value}`;

type Held = { firstMs: number; lastMs: number; incidentId: ObjectId; storedFirstMs: number | null; isDirty: boolean };

/** The episodes of one rule within one transaction: read by key when asked for, written once at the end. */
export class EpisodeBook {
  readonly #tx: Tx;
  readonly #ruleId: ObjectId;
  readonly #byKey = new Map<string, Held[]>();
  readonly #dropped: { readonly key: string; readonly firstMs: number }[] = [];

  constructor(tx: Tx, ruleId: ObjectId) {
    this.#tx = tx;
    this.#ruleId = ruleId;
  }

  /** The latest episode of the key that `belongs` accepts. */
  async find(key: string, belongs: (episode: Episode) => boolean): Promise<Episode | null> {
    const held = await this.#load(key);
    return held.filter(belongs).sort((a, b) => b.lastMs - a.lastMs)[0] ?? null;
  }

  /** Makes the episode reach the hit. */
  async stretch(key: string, episode: Episode, atMs: number): Promise<void> {
    const held = (await this.#load(key)).find((candidate) => candidate === episode);
    if (held === undefined) throw new Error('an episode is stretched in the book that gave it');
    held.firstMs = Math.min(held.firstMs, atMs);
    held.lastMs = Math.max(held.lastMs, atMs);
    held.isDirty = true;
  }

  async begin(key: string, atMs: number, incidentId: ObjectId): Promise<Episode> {
    const held = { firstMs: atMs, lastMs: atMs, incidentId, storedFirstMs: null, isDirty: true };
    const list = await this.#load(key);
    list.push(held);
    return held;
  }

  /** Forgets an episode whose incident is no longer unresolved. */
  async end(key: string, episode: Episode): Promise<void> {
    const list = await this.#load(key);
    const held = list.find((candidate) => candidate === episode);
    this.#byKey.set(
      key,
      list.filter((candidate) => candidate !== held),
    );
    if (held !== undefined && held.storedFirstMs !== null) this.#dropped.push({ key, firstMs: held.storedFirstMs });
  }

  /** Writes what changed and sweeps what no late event can reach any more. */
  async save(keptMs: number): Promise<void> {
    for (const { key, firstMs } of this.#dropped) await this.#delete(key, firstMs);
    for (const [key, list] of this.#byKey) {
      for (const held of list) if (held.isDirty) await this.#write(key, held);
    }
    await this.#tx.run('delete from rule_episodes where rule_id = ? and touched_at_ms < ?', [
      this.#ruleId,
      this.#tx.nowMs - keptMs - LATENESS_MS,
    ]);
  }

  async #load(key: string): Promise<Held[]> {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const rows = await this.#tx.all<{ first_ms: number; last_ms: number; incident_id: string }>(
      'select first_ms, last_ms, incident_id from rule_episodes where rule_id = ? and group_key = ? order by first_ms',
      [this.#ruleId, key],
    );
    const list = rows.map((row) => ({
      firstMs: row.first_ms,
      lastMs: row.last_ms,
      incidentId: row.incident_id,
      storedFirstMs: row.first_ms,
      isDirty: false,
    }));
    this.#byKey.set(key, list);
    return list;
  }

  async #write(key: string, held: Held): Promise<void> {
    if (held.storedFirstMs !== null && held.storedFirstMs !== held.firstMs) await this.#delete(key, held.storedFirstMs);
    await this.#tx.run(
      `insert into rule_episodes (rule_id, group_key, first_ms, last_ms, incident_id, touched_at_ms)
       values (?, ?, ?, ?, ?, ?)
       on conflict (rule_id, group_key, first_ms) do update
         set last_ms = excluded.last_ms, incident_id = excluded.incident_id, touched_at_ms = excluded.touched_at_ms`,
      [this.#ruleId, key, held.firstMs, held.lastMs, held.incidentId, this.#tx.nowMs],
    );
    held.storedFirstMs = held.firstMs;
    held.isDirty = false;
  }

  #delete(key: string, firstMs: number): Promise<unknown> {
    return this.#tx.run('delete from rule_episodes where rule_id = ? and group_key = ? and first_ms = ?', [
      this.#ruleId,
      key,
      firstMs,
    ]);
  }
}
