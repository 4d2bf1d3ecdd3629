import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { ApiError, titleOf } from '../api/api-error.ts';
import { order } from '../api/order.ts';
import { numberOf, rowsOf, textOf } from '../api/read-json.ts';
import { createStore } from '../api/store.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { ownChanges } from './use-incidents.ts';

/** What is changed: some incidents, or all of a filter. */
export type Selection = { readonly ids: readonly string[] } | { readonly filter: JsonObject; readonly count: number };
export type Verb = 'resolve' | 'close' | 'reopen' | 'reassign' | 'comment' | 'disposition';

/** Incidents that one order changes. */
export const BULK_INCIDENTS_MAX = 10_000;

export const countOf = (selection: Selection): number =>
  'ids' in selection ? selection.ids.length : Number.isNaN(selection.count) ? 0 : selection.count;

const WORDS: Readonly<Record<Verb, readonly [string, string]>> = {
  resolve: ['Resolving', 'resolved'],
  close: ['Closing', 'closed'],
  reopen: ['Reopening', 'reopened'],
  reassign: ['Assigning', 'assigned'],
  comment: ['Commenting on', 'commented on'],
  disposition: ['Judging', 'judged'],
};

/** An order that is being carried out, for the bar that tells of it. */
export type Running = {
  readonly word: string;
  readonly count: number;
  readonly sinceMs: number;
  /** What the server said last of how far it is; null before. */
  readonly step: Step | null;
};
/** `total` is how many incidents are changed; null while they are being found. */
type Step = { readonly name: string; readonly total: number | null };
export const running = createStore<Running | null>(null);

export type Refusal = { readonly id: string; readonly number: string; readonly message: string };
/** Incidents that the last change left as they were, each with the reason; null when there was none. */
export const refusals = createStore<{ readonly rows: readonly Refusal[]; readonly count: number } | null>(null);

export type Verbs = {
  /** Answers whether the order was carried out; incidents that refused are in `refusals`. */
  readonly act: (verb: Verb, selection: Selection, more?: JsonObject) => Promise<boolean>;
  readonly place: (path: string, data: JsonObject, done: string, undo?: Undo) => Promise<boolean>;
};
/** The order that takes another one back. */
export type Undo = { readonly path: string; readonly data: JsonObject };

/** What is said when nobody of this logpoint acts for the account. */
const NOBODY =
  'No user of this logpoint has your name: you may look, but somebody has to act. An administrator can add one.';

/** The verbs of incidents, many at once: one order, refusals told one by one, and the way back. */
export function useVerbs(): Verbs {
  const { base, known } = useTenant();
  const queries = useQueryClient();
  const userId = known?.userId ?? '';
  return useMemo(() => {
    const renew = async (): Promise<void> => {
      ownChanges.set(ownChanges.get() + 1);
      await queries.invalidateQueries({ queryKey: [base, 'incidents'] });
    };
    const run = async (word: string, count: number, work: () => Promise<void>): Promise<boolean> => {
      if (userId === '') {
        toast.trouble(NOBODY);
        return false;
      }
      running.set({ word, count, sinceMs: Date.now(), step: null });
      try {
        await work();
        return true;
      } catch (error) {
        toast.trouble(error instanceof ApiError && error.trouble === 'unreachable' ? NOT_SENT : titleOf(error));
        return false;
      } finally {
        running.set(null);
        void renew();
      }
    };
    const undo = (path: string, data: JsonObject, count: number): void => {
      void run('Undoing', count, async () => {
        const response = await order(`${base}/Incidents/${path}`, { incident_user_id: userId, ...data });
        const done = numberOf(response['done']);
        toast.done(done > 1 ? `Undone: ${done.toLocaleString('en')}` : 'Undone');
        tellRefused(response);
      });
    };
    return {
      act: (verb, selection, more = {}) =>
        run(WORDS[verb][0], countOf(selection), async () => {
          refusals.set(null);
          const what: JsonObject = 'ids' in selection ? { ids: [...selection.ids] } : { filter: selection.filter };
          const data = { action: verb, incident_user_id: userId, ...what, ...more };
          const watched = countOf(selection) > 1 ? { onProgress: tellStep } : {};
          const response = await order(`${base}/Incidents/bulk`, data, watched);
          const bulkId = textOf(response['bulk_id']);
          const done = numberOf(response['done']);
          const back = done > 0 && bulkId !== '' && verb !== 'comment';
          const text = `${done.toLocaleString('en')} ${WORDS[verb][1]}`;
          if (done > 0) toast.done(text, back ? () => undo(`bulk/${bulkId}/undo`, {}, done) : null);
          tellRefused(response);
        }),
      place: (path, data, done, back) =>
        run('Working on', 1, async () => {
          await order(`${base}/Incidents/${path}`, { incident_user_id: userId, ...data });
          toast.done(done, back === undefined ? null : () => undo(back.path, back.data, 1));
        }),
    };
  }, [base, userId, queries]);
}

function tellStep(progress: JsonObject): void {
  const now = running.get();
  const total = progress['total'];
  const step = { name: textOf(progress['step']), total: typeof total === 'number' ? total : null };
  if (now !== null) running.set({ ...now, step });
}

const NOT_SENT = 'The server does not answer, so nothing was changed. Try again when it is back; your selection stays.';

function tellRefused(response: JsonObject): void {
  const rows = rowsOf(response['refused']).map((row) => ({
    id: textOf(row['id']),
    number: textOf(row['number']),
    message: textOf(row['message']),
  }));
  const [first] = rows;
  if (first === undefined) return;
  const count = Math.max(rows.length, numberOf(response['refused_count']));
  refusals.set({ rows, count });
  toast.trouble(
    count === 1
      ? `${first.number} was left as it is: ${first.message}`
      : `${count.toLocaleString('en')} were left as they are`,
  );
}
