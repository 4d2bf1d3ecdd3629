import { useMemo } from 'react';
import { type KeyBinding, useKeys } from '../app/keys.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import type { Asked } from './bulk-ask.tsx';
import type { IncidentRow } from './incident-row.ts';
import type { ListSelection } from './use-selection.ts';
import type { Verb, Verbs } from './use-verbs.ts';

type ListActions = {
  readonly count: number;
  readonly selection: ListSelection;
  readonly verbs: Verbs;
  readonly act: (verb: Verb) => void;
  readonly ask: (asked: Asked) => void;
  /** Shows the incident in full; with a tab, that tab of it. */
  readonly open: (row: IncidentRow, tab?: 'Logs' | 'Query') => void;
  readonly back: () => void;
  readonly showNews: () => void;
  readonly onDone: () => void;
};

/** The keys of the list: one for what is done a hundred times a night. */
export function useListKeys(actions: ListActions): void {
  const { known } = useTenant();
  const me = known?.userId ?? '';
  const { count, selection, verbs, act, ask, open, back, showNews, onDone } = actions;
  const keys = useMemo((): readonly KeyBinding[] => {
    const { current, currentRow, target, moveTo, choose, chooseAll } = selection;
    const move = (by: number): void => moveTo(Math.max(0, Math.min(count - 1, current + by)));
    const withTarget = (run: () => void) => (): void => {
      if (target === null) toast.trouble('No incident is selected: j goes to the next one, x selects it');
      else run();
    };
    const withRow = (run: (row: IncidentRow) => void) => (): void => {
      if (currentRow !== null) run(currentRow);
    };
    return [
      { keys: 'j', word: 'next', run: () => move(1) },
      { keys: 'k', word: 'previous', run: () => move(-1) },
      { keys: 'x', word: 'select', run: () => choose(current, false) },
      { keys: 'Shift+x', word: 'select up to here', run: () => choose(current, true) },
      { keys: '*', word: 'select all of the filter', run: chooseAll },
      { keys: 'Enter', word: 'open', run: withRow(open) },
      { keys: 'Escape', word: 'back: close, clear the selection', run: back },
      { keys: 'a', word: 'assign', run: withTarget(() => ask('reassign')) },
      {
        keys: 'a a',
        word: 'assign to me',
        run: withTarget(() => {
          if (target !== null)
            void verbs.act('reassign', target, { new_assignee: me }).then((isDone) => isDone && onDone());
        }),
      },
      { keys: 'c', word: 'comment', run: withTarget(() => ask('comment')) },
      { keys: 'r', word: 'resolve', run: withTarget(() => act('resolve')) },
      { keys: 'e', word: 'close', run: withTarget(() => act('close')) },
      { keys: 'o', word: 'reopen', run: withTarget(() => act('reopen')) },
      {
        keys: 'i',
        word: 'send for investigation',
        run: withRow(({ id }) => void verbs.place(`${id}/sendForInvestigation`, {}, 'Sent for investigation')),
      },
      { keys: 'm', word: 'merge', run: withTarget(() => ask('merge')) },
      { keys: 'd', word: 'disposition', run: withTarget(() => ask('disposition')) },
      { keys: 'l', word: 'logs', run: withRow((row) => open(row, 'Logs')) },
      { keys: 'q', word: 'query', run: withRow((row) => open(row, 'Query')) },
      { keys: 'n', word: 'show what is new', run: showNews },
    ];
  }, [count, selection, verbs, act, ask, open, back, showNews, onDone, me]);
  useKeys(keys, 'Incidents');
}
