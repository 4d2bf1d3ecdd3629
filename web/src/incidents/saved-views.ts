import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { titleOf } from '../api/api-error.ts';
import { getJson } from '../api/call.ts';
import { order } from '../api/order.ts';
import { objectOf, rowsOf, textOf } from '../api/read-json.ts';
import { useSession, useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { type Filters, filterBody, filtersOfBody, readFilters } from './filters.ts';

/** A filter under a name. Those that others share can be used, not changed. */
export type SavedView = {
  readonly id: string;
  readonly name: string;
  readonly filters: Filters;
  readonly isShared: boolean;
  readonly isMine: boolean;
  readonly owner: string;
};

export type SavedViews = {
  readonly views: readonly SavedView[];
  readonly save: (name: string, filters: Filters, isShared: boolean) => Promise<boolean>;
  readonly change: (
    view: SavedView,
    change: Partial<Pick<SavedView, 'name' | 'filters' | 'isShared'>>,
  ) => Promise<boolean>;
  readonly remove: (view: SavedView) => Promise<boolean>;
};

const NO_VIEWS: readonly SavedView[] = [];

/** The filters that the caller keeps, and those that others share. */
export function useSavedViews(): SavedViews {
  const { base, known } = useTenant();
  const { username } = useSession();
  const queries = useQueryClient();
  const { data: views = NO_VIEWS } = useQuery({
    queryKey: [base, 'saved-views'],
    queryFn: async ({ signal }) =>
      rowsOf(await getJson(`${base}/SavedFilters`, signal)).map((row) => {
        const body = objectOf(row['filter']);
        const owner = textOf(row['owner']);
        const span = textOf(body['t']);
        const filters = filtersOfBody(body);
        return {
          id: textOf(row['id']),
          name: textOf(row['name']),
          filters: span === '' ? filters : readFilters({ ...filters, start_date: '', end_date: '', t: span }),
          isShared: row['shared'] === true,
          isMine: owner === username,
          owner,
        };
      }),
  });
  return useMemo(() => {
    const path = `${base}/SavedFilters`;
    const bodyOf = (name: string, filters: Filters, isShared: boolean): JsonObject => ({
      name,
      // A span back from now stays one: its dates are told anew each time.
      filter: { ...filterBody(filters, known?.userId ?? null), ...(filters.t === undefined ? {} : { t: filters.t }) },
      shared: isShared,
    });
    const run = async (
      work: () => Promise<unknown>,
      done: string,
      undo: (() => void) | null = null,
    ): Promise<boolean> => {
      try {
        await work();
        toast.done(done, undo);
        return true;
      } catch (error) {
        toast.trouble(titleOf(error));
        return false;
      } finally {
        void queries.invalidateQueries({ queryKey: [base, 'saved-views'] });
      }
    };
    const save: SavedViews['save'] = (name, filters, isShared) =>
      run(() => order(path, bodyOf(name, filters, isShared)), `Saved as “${name}”`);
    return {
      views,
      save,
      change: (view, change) => {
        const { name, filters, isShared } = { ...view, ...change };
        const body = bodyOf(name, filters, isShared);
        return run(() => order(`${path}/${view.id}`, body, { method: 'PUT' }), `“${name}” is changed`);
      },
      remove: (view) =>
        run(
          () => order(`${path}/${view.id}`, {}, { method: 'DELETE' }),
          `“${view.name}” is deleted`,
          () => void save(view.name, view.filters, view.isShared),
        ),
    };
  }, [views, base, known, queries]);
}
