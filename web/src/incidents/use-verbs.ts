import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { titleOf } from '../api/api-error.ts';
import { order } from '../api/order.ts';
import { numberOf, rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';

/** What is changed: some incidents, or all of a filter. */
export type Selection = { readonly ids: readonly string[] } | { readonly filter: JsonObject; readonly count: number };
export type Verb = 'resolve' | 'close' | 'reopen' | 'reassign' | 'comment' | 'disposition';

const DONE: Readonly<Record<Verb, string>> = {
  resolve: 'resolved',
  close: 'closed',
  reopen: 'reopened',
  reassign: 'reassigned',
  comment: 'commented on',
  disposition: 'judged',
};

export type Verbs = {
  readonly act: (verb: Verb, selection: Selection, more?: JsonObject) => Promise<boolean>;
  readonly place: (path: string, data: JsonObject, done: string) => Promise<boolean>;
};

/** The verbs of incidents, many at once: one order, refusals told one by one, and the way back. */
export function useVerbs(): Verbs {
  const { base, known } = useTenant();
  const queries = useQueryClient();
  const userId = known?.userId ?? '';
  return useMemo(() => {
    const renew = (): Promise<void> => queries.invalidateQueries({ queryKey: [base, 'incidents'] });
    const undo = async (bulkId: string): Promise<void> => {
      try {
        const response = await order(`${base}/Incidents/bulk/${bulkId}/undo`, { incident_user_id: userId });
        toast.done(`Undone: ${numberOf(response['done'])}`);
      } catch (error) {
        toast.trouble(`Undo failed: ${titleOf(error)}`);
      }
      await renew();
    };
    return {
      async act(verb, selection, more = {}) {
        try {
          const what: JsonObject = 'ids' in selection ? { ids: [...selection.ids] } : { filter: selection.filter };
          const response = await order(`${base}/Incidents/bulk`, {
            action: verb,
            incident_user_id: userId,
            ...what,
            ...more,
          });
          const refused = rowsOf(response['refused']);
          const bulkId = textOf(response['bulk_id']);
          const canUndo = verb !== 'comment' && bulkId !== '';
          toast.done(`${numberOf(response['done'])} ${DONE[verb]}`, canUndo ? () => void undo(bulkId) : null);
          const [first] = refused;
          if (first !== undefined) {
            toast.trouble(
              `${refused.length} left as they were: ${textOf(first['number'])} ${textOf(first['message'])}`,
            );
          }
          await renew();
          return true;
        } catch (error) {
          toast.trouble(titleOf(error));
          return false;
        }
      },
      async place(path, data, done) {
        try {
          await order(`${base}/Incidents/${path}`, { incident_user_id: userId, ...data });
          toast.done(done);
          await renew();
          return true;
        } catch (error) {
          toast.trouble(titleOf(error));
          return false;
        }
      },
    };
  }, [base, userId, queries]);
}
