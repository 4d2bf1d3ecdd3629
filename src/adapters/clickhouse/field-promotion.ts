import { EVENTS_DATABASE, eventsTable, MAP_READ } from '../../events/event-layout.ts';
import type { StoreRow, StoreSearch } from '../../events/event-store.ts';
import { digestHex, type LogpointId } from '../../shared/ids.ts';

export type PromotionOptions = {
  /** Searches since the start that must have asked for a field before it gets a column of its own. */
  readonly searchesMin: number;
  /** Columns that a logpoint may gain this way; each costs a little on every insert. */
  readonly fieldsMax: number;
  /** Told of a column that could not be made; searches go on without it. */
  readonly onFailure?: ((field: string, error: unknown) => void) | undefined;
};

export const PROMOTION_DEFAULTS: PromotionOptions = { searchesMin: 50, fieldsMax: 24 };
/** Names that are counted at once; when more are asked for, counting starts anew. Field names come from users. */
const COUNTED_FIELDS_MAX = 1_000;
/** A longer name stays in the map. */
const NAME_BYTES_MAX = 256;

type Engine = { rows(sql: string): Promise<StoreRow[]>; run(sql: string): Promise<void> };
type LogpointState = { readonly columns: Map<string, string>; readonly counts: Map<string, number> };

/**
 * Gives fields that searches keep asking for a column of their own.
 *
 * The state is the table itself: a promoted column carries its field's name, in hex, in its comment. The column is
 * MATERIALIZED from the map, so it reads the same in parts that were written before it; there it is written behind, in
 * the background, because computing it reads the whole map and not the bucket that a search of the map reads.
 */
export class FieldPromotion {
  readonly #engine: Engine;
  readonly #options: PromotionOptions;
  readonly #logpoints = new Map<LogpointId, LogpointState>();
  #running: Promise<void> = Promise.resolve();

  constructor(engine: Engine, options: Partial<PromotionOptions> = {}) {
    this.#engine = engine;
    this.#options = { ...PROMOTION_DEFAULTS, ...options };
  }

  /** Reads which fields have been promoted in the logpoint's table. */
  async load(logpoint: LogpointId): Promise<void> {
    const table = eventsTable(logpoint).slice(EVENTS_DATABASE.length + 1);
    const rows = await this.#engine.rows(
      `SELECT name, comment FROM system.columns WHERE database = '${EVENTS_DATABASE}' AND table = '${table}' ` +
        "AND startsWith(name, 'p_')",
    );
    const columns = new Map<string, string>();
    for (const { name, comment } of rows) {
      const field = Buffer.from(String(comment), 'hex').toString();
      if (columnOf(field) === name) columns.set(field, columnOf(field));
    }
    this.#logpoints.set(logpoint, { columns, counts: new Map() });
  }

  /** The search's text with each promoted field read from its column; counts the fields that are not. */
  rewrite(logpoint: LogpointId, search: StoreSearch): string {
    const state = this.#logpoints.get(logpoint);
    if (state === undefined) return search.sql;
    const asked = new Set<string>();
    const sql = search.sql.replace(MAP_READ, (read, param: string) => {
      const field = search.params[param]?.value;
      if (typeof field !== 'string') return read;
      const column = state.columns.get(field);
      if (column === undefined) asked.add(field);
      return column ?? read;
    });
    for (const field of asked) this.#count(logpoint, state, field);
    return sql;
  }

  #count(logpoint: LogpointId, state: LogpointState, field: string): void {
    if (state.columns.size >= this.#options.fieldsMax || Buffer.byteLength(field) > NAME_BYTES_MAX) return;
    if (state.counts.size >= COUNTED_FIELDS_MAX) state.counts.clear();
    const count = (state.counts.get(field) ?? 0) + 1;
    state.counts.set(field, count);
    if (count !== this.#options.searchesMin) return;
    this.#running = this.#running.then(() => this.#promote(logpoint, state, field));
  }

  async #promote(logpoint: LogpointId, state: LogpointState, field: string): Promise<void> {
    if (state.columns.size >= this.#options.fieldsMax) return;
    const hex = Buffer.from(field).toString('hex');
    try {
      await this.#engine.run(
        `ALTER TABLE ${eventsTable(logpoint)} ADD COLUMN IF NOT EXISTS ${columnOf(field)} String ` +
          `MATERIALIZED fields[unhex('${hex}')] COMMENT '${hex}' CODEC(ZSTD(1))`,
      );
      await this.#engine.run(`ALTER TABLE ${eventsTable(logpoint)} MATERIALIZE COLUMN ${columnOf(field)}`);
      state.columns.set(field, columnOf(field));
    } catch (error) {
      this.#options.onFailure?.(field, error);
      // Searches go on reading the map, which is right and only slower; the next ones count up again.
      state.counts.delete(field);
    }
  }

  promotedFields(logpoint: LogpointId): readonly string[] {
    return [...(this.#logpoints.get(logpoint)?.columns.keys() ?? [])];
  }

  /** Resolves when no promotion is under way. */
  settle(): Promise<void> {
    return this.#running;
  }
}

/** Named by a digest: a field's name may hold anything, a column's name comes out of hex digits. */
const columnOf = (field: string): string => `p_${digestHex([field], 24)}`;
