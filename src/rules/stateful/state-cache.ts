import { randomUUID } from 'node:crypto';
import type { Tx } from '../../control/control-store.ts';
import type { CorrelatedMatch } from '../../correlation/correlation.ts';
import type { TrailingState } from '../../correlation/trailing-state.ts';

export type HeldState = { readonly state: TrailingState; last: CorrelatedMatch; cells: number };

export type StateCacheStatus = {
  readonly groups: number;
  readonly cells: number;
  /** Groups that left the memory for want of room: their matches are in the store, from which they come back. */
  readonly spilled: number;
  readonly rebuilt: number;
};

/** Groups and numbers held at a time; beyond, the groups that were not asked for the longest go to the store. */
export const STATE_GROUPS_MAX = 100_000;
export const STATE_CELLS_MAX = 2_000_000;

/**
 * States of groups between two transactions. They are copies: the store has the matches that they are made of, so losing
 * them costs time and nothing else. A token in the store, changed with each use, tells whether the copies still are those
 * of the store: a transaction that was rolled back, another process or another store has another one.
 */
export class StateCache {
  readonly #groupsMax: number;
  readonly #cellsMax: number;
  readonly #states = new Map<string, HeldState>();
  #cells = 0;
  #token = '';
  #spilled = 0;
  #rebuilt = 0;

  constructor(groupsMax = STATE_GROUPS_MAX, cellsMax = STATE_CELLS_MAX) {
    this.#groupsMax = groupsMax;
    this.#cellsMax = cellsMax;
  }

  status(): StateCacheStatus {
    return { groups: this.#states.size, cells: this.#cells, spilled: this.#spilled, rebuilt: this.#rebuilt };
  }

  /** Before the first state is asked for in a transaction. */
  async open(tx: Tx): Promise<void> {
    const row = await tx.get<{ token: string }>('select token from stateful_token where id = 1');
    if (row === undefined || row.token !== this.#token) {
      this.#states.clear();
      this.#cells = 0;
    }
    this.#token = randomUUID();
    await tx.run(
      'insert into stateful_token (id, token) values (1, ?) on conflict (id) do update set token = excluded.token',
      [this.#token],
    );
  }

  get(key: string): HeldState | undefined {
    return this.#states.get(key);
  }

  put(key: string, held: HeldState): void {
    const before = this.#states.get(key);
    // A map keeps the order of insertion: what was not asked for the longest comes first.
    if (before !== undefined) this.#states.delete(key);
    else this.#rebuilt += 1;
    this.#cells += held.state.cells + 1 - (before?.cells ?? 0);
    held.cells = held.state.cells + 1;
    this.#states.set(key, held);
    if (this.#states.size <= this.#groupsMax && this.#cells <= this.#cellsMax) return;
    for (const [oldest] of this.#states) {
      if (this.#states.size <= this.#groupsMax && this.#cells <= this.#cellsMax) break;
      this.drop(oldest);
      this.#spilled += 1;
    }
  }

  drop(key: string): void {
    const held = this.#states.get(key);
    if (held === undefined) return;
    this.#cells -= held.cells;
    this.#states.delete(key);
  }
}
