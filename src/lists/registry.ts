import { query } from '../control/control-store.ts';
import { pageQuery } from '../control/list-page.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { storedLabelPackages } from './label-store.ts';
import { getList, listLists, nextExpiryMs, storedLists } from './list-store.ts';
import { readDefinitions } from './read-definitions.ts';

/** For whoever plans queries of a logpoint; `texts` are the queries. */
export const queryDefinitions = query(
  'lists.definitions',
  (tx, input: { logpointId: LogpointId; texts: readonly string[] }) =>
    readDefinitions(tx, input.logpointId, input.texts),
  { slow: true },
);
export const listsList = query('lists.list', (tx, logpointId: LogpointId) => listLists(tx, logpointId), { slow: true });
export const listsGet = query('lists.get', (tx, key: { logpointId: LogpointId; id: ObjectId }) =>
  getList(tx, key.logpointId, key.id),
);
export const listsNextExpiry = query('lists.nextExpiry', (tx, _: Record<never, never>) => nextExpiryMs(tx), {
  slow: true,
});
export const listsPage = pageQuery('lists.page', storedLists);
export const labelPackagesPage = pageQuery('labelPackages.page', storedLabelPackages);

export const listEntries = [queryDefinitions, listsList, listsPage, listsGet, listsNextExpiry, labelPackagesPage];
