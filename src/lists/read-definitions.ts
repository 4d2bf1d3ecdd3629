import type { ReadTx } from '../control/control-store.ts';
import { type LabelDefinition, listKey, type QueryDefinitions } from '../query/definitions.ts';
import type { LogpointId } from '../shared/ids.ts';
import { namedConditions } from '../sigma/sigma-documents.ts';
import { readLabels } from './label-store.ts';
import { findList, listNames } from './list-store.ts';

/** What queries with these texts may name, as it is now. Lists and Sigma rules that no text names are left in the store. */
export async function readDefinitions(
  tx: ReadTx,
  logpointId: LogpointId,
  texts: readonly string[],
): Promise<QueryDefinitions> {
  const asksForLabels = texts.some((text) => /label/i.test(text));
  const labels = asksForLabels ? await readLabels(tx, logpointId) : [];
  const definitions = await definitionsWith(tx, logpointId, texts, labels);
  const sigma = await namedConditions(tx, logpointId, [...texts, ...labels.map(({ query }) => query)]);
  return { ...definitions, sigma };
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
