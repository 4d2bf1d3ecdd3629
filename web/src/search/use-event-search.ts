import { useCallback, useEffect, useRef, useState } from 'react';
import { type TimeRange, timeRangeOf } from '../time/time-range.ts';
import { type SearchProgress, streamSearch } from './stream-search.ts';

export type EventSearch = {
  readonly state: 'idle' | 'running' | 'done' | 'cancelled' | 'failed';
  readonly found: SearchProgress | null;
  readonly range: TimeRange;
  readonly tookMs: number;
  readonly error: unknown;
};

type Asked = {
  readonly base: string;
  readonly query: string;
  readonly t: string | undefined;
  readonly userId: string;
  readonly rowsMax: number;
  /** Another number searches again. */
  readonly run: number;
};

/** Rows that came are drawn this often while more are looked for. */
const DRAW_MS = 120;

/** The search that the address names, as far as it has come; `cancel` ends it and keeps what was found. */
export function useEventSearch({ base, query, t, userId, rowsMax, run }: Asked): {
  readonly search: EventSearch;
  readonly cancel: () => void;
} {
  const [search, setSearch] = useState<EventSearch>(() => ({
    state: 'idle',
    found: null,
    range: timeRangeOf(t, Date.now()),
    tookMs: 0,
    error: null,
  }));
  const running = useRef<AbortController | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run of the same search is another search
  useEffect(() => {
    if (userId === '') return undefined;
    const stop = new AbortController();
    running.current = stop;
    const range = timeRangeOf(t, Date.now());
    const startedAt = performance.now();
    const say = (state: EventSearch['state'], found: SearchProgress | null, error: unknown = null): void =>
      setSearch({ state, found, range, tookMs: Math.round(performance.now() - startedAt), error });
    say('running', null);
    const order = { query, fromMs: range.fromMs, toMs: range.toMs, userId, rowsMax };
    const follow = async (): Promise<void> => {
      let found: SearchProgress | null = null;
      let drawnAt = 0;
      try {
        for await (const next of streamSearch(base, order, stop.signal)) {
          found = next;
          if (performance.now() - drawnAt < DRAW_MS) continue;
          drawnAt = performance.now();
          say('running', found);
        }
        say('done', found);
      } catch (error) {
        if (stop.signal.reason === LEFT) return;
        say(stop.signal.aborted ? 'cancelled' : 'failed', found, stop.signal.aborted ? null : error);
      }
    };
    void follow();
    return () => stop.abort(LEFT);
  }, [base, query, t, userId, rowsMax, run]);
  const cancel = useCallback(() => running.current?.abort(CANCELLED), []);
  return { search, cancel };
}

const LEFT = new DOMException('another search was asked for', 'AbortError');
const CANCELLED = new DOMException('cancelled', 'AbortError');
