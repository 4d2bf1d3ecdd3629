import { useCallback, useMemo, useRef, useState } from 'react';
import { useTenant } from '../app/session-context.ts';
import { type Filters, filterBody } from './filters.ts';
import type { IncidentPages, PagesState } from './incident-pages.ts';
import type { IncidentRow } from './incident-row.ts';
import type { Selection } from './use-verbs.ts';

export type ListSelection = {
  /** Place of the row that the keys are at; -1 for none. */
  readonly current: number;
  readonly currentRow: IncidentRow | null;
  /** What is ticked; null when nothing is. */
  readonly ticked: Selection | null;
  /** What a verb acts on: what is ticked, or else the current row. */
  readonly target: Selection | null;
  readonly isChosen: (id: string) => boolean;
  readonly chosenRows: readonly IncidentRow[];
  readonly moveTo: (index: number) => void;
  readonly choose: (index: number, isRange: boolean) => void;
  readonly chooseAll: () => void;
  readonly clear: () => void;
};

/** What of the list is current and what is ticked. `total` is how many incidents the filter has, NaN while unknown. */
export function useSelection(pages: IncidentPages, state: PagesState, filters: Filters, total: number): ListSelection {
  const { known } = useTenant();
  const [current, setCurrent] = useState(-1);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isAll, setAll] = useState(false);
  const lastChosen = useRef(-1);
  const clear = useCallback(() => {
    setChosen(new Set());
    setAll(false);
    lastChosen.current = -1;
  }, []);
  const choose = useCallback(
    (index: number, isRange: boolean) => {
      const id = pages.idAt(index);
      if (id === null) return;
      const from = isRange && lastChosen.current >= 0 ? lastChosen.current : index;
      const some: string[] = [];
      for (let at = Math.min(from, index); at <= Math.max(from, index); at += 1) some.push(pages.idAt(at) ?? '');
      setAll(false);
      setChosen((before) => {
        const next = new Set(before);
        const isOn = isRange || !before.has(id);
        for (const one of some)
          if (!isOn) next.delete(one);
          else if (one !== '') next.add(one);
        return next;
      });
      lastChosen.current = index;
      setCurrent(index);
    },
    [pages],
  );
  const ticked = useMemo((): Selection | null => {
    if (isAll) return { filter: { ...filterBody(filters, known?.userId ?? null), merged: 'no' }, count: total };
    return chosen.size > 0 ? { ids: [...chosen] } : null;
  }, [isAll, filters, known, total, chosen]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version has other rows
  const currentRow = useMemo(() => pages.rowAt(current), [pages, current, state.version]);
  const target = useMemo(
    (): Selection | null => ticked ?? (currentRow === null ? null : { ids: [currentRow.id] }),
    [ticked, currentRow],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version has other rows
  const chosenRows = useMemo(
    () => (isAll || chosen.size === 0 ? [] : pages.loadedRows().filter(({ id }) => chosen.has(id))),
    [pages, chosen, isAll, state.version],
  );
  return {
    current,
    currentRow,
    ticked,
    target,
    isChosen: useCallback((id: string) => id !== '' && (isAll || chosen.has(id)), [isAll, chosen]),
    chosenRows,
    moveTo: setCurrent,
    choose,
    chooseAll: useCallback(() => setAll(true), []),
    clear,
  };
}
