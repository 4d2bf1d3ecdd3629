import type { ReadTx } from '../control/control-store.ts';
import { type LabelDefinition, listKey, type QueryDefinitions } from '../query/definitions.ts';
import type { TableRows } from '../query/table-rows.ts';
import type { LogpointId } from '../shared/ids.ts';
import { namedConditions } from '../sigma/sigma-documents.ts';
import { readLabels } from './label-store.ts';
import { findList, listNames } from './list-store.ts';
import { listTables, readRows } from './table-store.ts';

/** What queries with these texts may name, as it is now. Lists and Sigma rules that no text names are left in the store. */
export async function readDefinitions(
  tx: ReadTx,
  logpointId: LogpointId,
  texts: readonly string[],
): Promise<QueryDefinitions> {
  const asksForLabels = texts.some((text) => /label/i.test(text));
  const labels = asksForLabels ? await readLabels(tx, logpointId) : [];
  const definitions = await definitionsWith(tx, logpointId, texts, labels);
  const tables = await readTables(tx, logpointId, texts);
  const sigma = await namedConditions(tx, logpointId, [...texts, ...labels.map(({ query }) => query)]);
  return { ...definitions, ...tables, sigma };
}

/** Tables that the texts name. */
async function readTables(
  tx: ReadTx,
  logpointId: LogpointId,
  texts: readonly string[],
): Promise<Pick<QueryDefinitions, 'tables' | 'tableNames'>> {
  const asking = texts.filter((text) => /\btable\s*["'\u201c-\u201f\u2018-\u201b]/i.test(text)).map(listKey);
  if (asking.length === 0) return {};
  const all = await listTables(tx, logpointId);
  const tables = new Map<string, TableRows>();
  for (const table of all) {
    const key = listKey(table.name);
    if (asking.some((text) => text.includes(key))) tables.set(key, await readRows(tx, table));
  }
  return { tables, tableNames: all.map(({ name }) => name) };
}

/** As `readDefinitions`, with these labels. */
export async function definitionsWith(
  tx: ReadTx,
  logpointId: LogpointId,
  texts: readonly string[],
  labels: readonly LabelDefinition[],
): Promise<QueryDefinitions> {
  const names = await listNames(tx, logpointId);
  const lists = new Map<string, readonly string[]>();
  if (names.length === 0) return { lists, listNames: names, labels };
  const searched = [...texts, ...labels.map(({ query }) => query)].map(listKey);
  for (const name of names) {
    const key = listKey(name);
    if (!searched.some((text) => text.includes(key))) continue;
    lists.set(key, (await findList(tx, logpointId, name))?.items ?? []);
  }
  return { lists, listNames: names, labels };
}
