import { createStore } from '../api/store.ts';
import type { IncidentRow } from './incident-row.ts';

export const PAGE_ROWS = 200;
/** The first page is what one sees at once: it is there sooner, and the next one is asked for when it is shown. */
export const FIRST_PAGE_ROWS = 60;
/** Pages whose rows are kept: what is far from sight is read again when it is scrolled back to. */
const PAGES_KEPT_MAX = 16;

export type LoadedPage = {
  readonly rows: readonly IncidentRow[];
  /** Cursor of the next page; null at the end. */
  readonly next: string | null;
  /** The server's clock at the answer, Unix ms. */
  readonly serverMs: number;
};
export type LoadPage = (cursor: string, signal: AbortSignal) => Promise<LoadedPage>;

export type PagesState = {
  /** Rows whose place is known; grows as the list is scrolled. */
  readonly count: number;
  readonly hasMore: boolean;
  /** False until the first page, or what kept it, is there. */
  readonly isReady: boolean;
  readonly error: unknown;
  /** Another number for another content. */
  readonly version: number;
};

const EMPTY: PagesState = { count: 0, hasMore: true, isReady: false, error: null, version: 0 };

type Page = { readonly cursor: string; readonly start: number; readonly ids: readonly string[] };

/**
 * A list of any length, by keyset: of every page that was seen its cursor and ids are kept, of those near what is looked
 * at the rows, too. A row keeps its place until the list is read anew, whatever becomes of it.
 */
export class IncidentPages {
  readonly state = createStore<PagesState>(EMPTY);
  readonly #load: LoadPage;
  readonly #pages: Page[] = [];
  readonly #rows = new Map<number, readonly IncidentRow[]>();
  readonly #loading = new Set<number>();
  readonly #known = new Set<string>();
  #next: string | null = '';
  #abort = new AbortController();
  /** The server's clock when the list was read, Unix ms; null before. */
  readAtMs: number | null = null;
  /** The server's clock when it was last looked for changes; null before. */
  lookedAtMs: number | null = null;

  constructor(load: LoadPage) {
    this.#load = load;
  }

  close(): void {
    this.#abort.abort();
  }

  /** True when the list shows the row, or will when it is scrolled on. */
  isPlaced({ id, detectedAtMs }: IncidentRow): boolean {
    if (this.#known.has(id)) return true;
    const last = this.#rows.get(this.#pages.length - 1)?.at(-1);
    return this.#next !== null && last !== undefined && detectedAtMs < last.detectedAtMs;
  }

  /** Null while it is not loaded. */
  rowAt(index: number): IncidentRow | null {
    const page = this.#pageAt(index);
    return this.#rows.get(page)?.[index - (this.#pages[page]?.start ?? 0)] ?? null;
  }

  idAt(index: number): string | null {
    const page = this.#pages[this.#pageAt(index)];
    return page?.ids[index - page.start] ?? null;
  }

  /** The first loaded row with this id. */
  rowOf(id: string): IncidentRow | null {
    for (const rows of this.#rows.values()) {
      const found = rows.find((row) => row.id === id);
      if (found !== undefined) return found;
    }
    return null;
  }

  loadedRows(): readonly IncidentRow[] {
    return [...this.#rows].sort(([a], [b]) => a - b).flatMap(([, rows]) => rows);
  }

  /** Says what is in sight: it is loaded, and what is far from it forgotten. */
  show(first: number, last: number): void {
    const [from, to] = [this.#pageAt(first), this.#pageAt(last)];
    for (let page = from; page <= to && page < this.#pages.length; page += 1) {
      if (!this.#rows.has(page)) void this.#loadPage(page);
    }
    const { count, hasMore } = this.state.get();
    if (hasMore && last > count - PAGE_ROWS / 2) void this.#loadPage(this.#pages.length);
    if (this.#rows.size <= PAGES_KEPT_MAX) return;
    const middle = (from + to) / 2;
    const far = [...this.#rows.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const page of far.slice(0, this.#rows.size - PAGES_KEPT_MAX)) this.#rows.delete(page);
  }

  /** Puts newer rows in the places of those with the same ids. */
  patch(rows: readonly IncidentRow[]): void {
    const byId = new Map(rows.map((row) => [row.id, row]));
    let isChanged = false;
    for (const [page, before] of this.#rows) {
      if (!before.some(({ id }) => byId.has(id))) continue;
      this.#rows.set(
        page,
        before.map((row) => byId.get(row.id) ?? row),
      );
      isChanged = true;
    }
    if (isChanged) this.#tell({});
  }

  /** Reads the list anew from its beginning; what is shown stays until the first page is there. */
  async reload(): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#loading.clear();
    try {
      const page = await this.#load('', signal);
      this.#pages.length = 0;
      this.#rows.clear();
      this.#known.clear();
      this.#take(0, '', page);
      this.readAtMs = page.serverMs;
      this.lookedAtMs = null;
      this.#tell({ isReady: true, error: null });
    } catch (error) {
      if (!signal.aborted) this.#tell({ isReady: true, error });
    }
  }

  async #loadPage(page: number): Promise<void> {
    const cursor = this.#pages[page]?.cursor ?? this.#next;
    if (this.#loading.has(page) || cursor === null || cursor === '') return;
    this.#loading.add(page);
    const { signal } = this.#abort;
    try {
      this.#take(page, cursor, await this.#load(cursor, signal));
      this.#tell({ error: null });
    } catch (error) {
      if (!signal.aborted) this.#tell({ error });
    } finally {
      if (!signal.aborted) this.#loading.delete(page);
    }
  }

  #take(page: number, cursor: string, { rows, next }: LoadedPage): void {
    const known = this.#pages[page];
    if (known !== undefined) {
      // Places stay: what is gone from the page since leaves a gap that nobody has to see, what is new waits.
      const byId = new Map(rows.map((row) => [row.id, row]));
      this.#rows.set(
        page,
        known.ids.flatMap((id) => byId.get(id) ?? []),
      );
      if (rows.length === known.ids.length) return;
      this.#pages[page] = { ...known, ids: known.ids.filter((id) => byId.has(id)) };
      this.#placeAfter(page);
      return;
    }
    const last = this.#pages.at(-1);
    const start = last === undefined ? 0 : last.start + last.ids.length;
    const fresh = rows.filter(({ id }) => !this.#known.has(id));
    this.#pages.push({ cursor, start, ids: fresh.map(({ id }) => id) });
    this.#rows.set(page, fresh);
    for (const { id } of fresh) this.#known.add(id);
    this.#next = next;
  }

  #placeAfter(page: number): void {
    for (let at = page + 1; at < this.#pages.length; at += 1) {
      const [before, here] = [this.#pages[at - 1], this.#pages[at]];
      if (before !== undefined && here !== undefined) {
        this.#pages[at] = { ...here, start: before.start + before.ids.length };
      }
    }
  }

  #tell(change: Partial<PagesState>): void {
    const last = this.#pages.at(-1);
    const before = this.state.get();
    this.state.set({
      ...before,
      ...change,
      count: last === undefined ? 0 : last.start + last.ids.length,
      hasMore: this.#next !== null,
      version: before.version + 1,
    });
  }

  /** Number of the page that holds the place; behind the last for a place that is not known yet. */
  #pageAt(index: number): number {
    let [low, high] = [0, this.#pages.length];
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if ((this.#pages[middle]?.start ?? 0) <= index) low = middle;
      else high = middle;
    }
    return low;
  }
}
