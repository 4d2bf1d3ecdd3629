import { command, query } from '../control/control-store.ts';
import { pageQuery } from '../control/list-page.ts';
import type { Written } from '../query/run-steps.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import { storedLabelPackages } from './label-store.ts';
import { getList, listLists, nextExpiryMs, storedLists } from './list-store.ts';
import { readDefinitions } from './read-definitions.ts';
import { keepWritten } from './table-edits.ts';

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

/** Keeps what a search collected that is no order; see `keepWritten`. */
export const writtenKeep = command(
  'lists.keep',
  (tx, input: { logpointId: LogpointId; written: Written; by: Author }) =>
    keepWritten(tx, input.logpointId, input.written, input.by),
);

export const listEntries = [
  writtenKeep,
  queryDefinitions,
  listsList,
  listsPage,
  listsGet,
  listsNextExpiry,
  labelPackagesPage,
];
