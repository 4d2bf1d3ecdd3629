import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { contextOf, type LabelDefinition, listKey, noDefinitions, readLabelSearch } from '../query/definitions.ts';
import { formatDiagnostic } from '../query/diagnostics.ts';
import { parseQuery } from '../query/parse-query.ts';
import { planQuery } from '../query/plan-query.ts';
import { refuse } from '../shared/errors.ts';
import { type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import { nameKey, readName } from '../tenancy/names.ts';
import { type LabelPackage, labelPackageState, listLabelPackages, writeLabelPackage } from './label-store.ts';
import { LISTS_CHANGED } from './list.ts';
import { definitionsWith } from './read-definitions.ts';

export const LABEL_PACKAGES_MAX = 100;
export const LABEL_DEFINITIONS_MAX = 2_000;
const QUERY_CHARS_MAX = 65_536;
const LABEL = /^[^\s\p{Cc}*?]{1,100}$/u;

/** Keys of the lists that a query names, those that do not exist as well. */
export function namesUsedIn(text: string): ReadonlySet<string> {
  const used = new Set<string>();
  const { query } = parseQuery(text);
  const list = (name: string): readonly string[] => {
    used.add(listKey(name));
    return [];
  };
  if (query !== null) planQuery(query, { ...contextOf(noDefinitions, {}), list });
  return used;
}

export type PackageInput = {
  readonly name?: string | undefined;
  readonly active?: boolean | undefined;
  readonly definitions?: readonly LabelDefinition[] | undefined;
};

/** Makes a package, or changes the one that `id` names. @throws AppError kind `refused`: `LABELS_*` */
export async function saveLabelPackage(
  tx: Tx,
  logpointId: LogpointId,
  id: ObjectId | null,
  input: PackageInput,
  by: Author,
): Promise<LabelPackage> {
  const all = await listLabelPackages(tx, logpointId);
  const before = id === null ? null : (all.find((known) => known.id === id) ?? null);
  if (id !== null && before === null) throw refuse('LABELS_NOT_FOUND', 'Label package not found');
  if (id === null && all.length >= LABEL_PACKAGES_MAX) {
    throw refuse('LABELS_FULL', `the logpoint already has ${LABEL_PACKAGES_MAX} label packages`);
  }
  const after: LabelPackage = {
    id: before?.id ?? newObjectId(tx.nowMs),
    logpointId,
    name: readName(input.name ?? before?.name ?? '', 'name of the label package'),
    active: input.active ?? before?.active ?? true,
    definitions: input.definitions ?? before?.definitions ?? [],
    version: (before?.version ?? 0) + 1,
    createdAtMs: before?.createdAtMs ?? tx.nowMs,
    updatedAtMs: tx.nowMs,
  };
  const others = all.filter((known) => known.id !== after.id);
  if (others.some(({ name }) => nameKey(name) === nameKey(after.name))) {
    const message = `Label package ${after.name} already exists`;
    throw refuse('LABELS_INVALID', message, { name: [message] });
  }
  await checkDefinitions(tx, after, others);
  await writeLabelPackage(tx, after);
  await record(tx, before === null ? 'label package created' : 'label package edited', before, after, by);
  return after;
}

/** @throws AppError kind `refused`, `LABELS_NOT_FOUND` */
export async function trashLabelPackage(
  tx: Tx,
  logpointId: LogpointId,
  id: ObjectId,
  by: Author,
): Promise<LabelPackage> {
  const before = (await listLabelPackages(tx, logpointId)).find((known) => known.id === id);
  if (before === undefined) throw refuse('LABELS_NOT_FOUND', 'Label package not found');
  await tx.run('delete from label_packages where id = ?', [id]);
  await record(tx, 'label package trashed', before, null, by);
  return before;
}

/** Each search is planned with the labels of all packages together, as queries will be. */
async function checkDefinitions(tx: ReadTx, after: LabelPackage, others: readonly LabelPackage[]): Promise<void> {
  const running = [...others, after].filter(({ active }) => active).flatMap(({ definitions }) => definitions);
  const messages: string[] = [];
  if (after.definitions.length > LABEL_DEFINITIONS_MAX || running.length > LABEL_DEFINITIONS_MAX) {
    messages.push(`at most ${LABEL_DEFINITIONS_MAX} definitions were expected, got ${running.length}`);
  }
  for (const { query, labels } of messages.length > 0 ? [] : after.definitions) {
    const wrong = labels.find((label) => !LABEL.test(label));
    const search =
      query.length > QUERY_CHARS_MAX ? `expected at most ${QUERY_CHARS_MAX} characters` : readLabelSearch(query);
    if (labels.length === 0) messages.push('a definition has no label');
    if (wrong !== undefined) messages.push(`a label is one word without * and ?, got ${JSON.stringify(wrong)}`);
    if (typeof search === 'string') messages.push(search);
  }
  if (messages.length === 0) {
    const texts = after.definitions.map(({ query }) => query);
    const context = contextOf(await definitionsWith(tx, after.logpointId, texts, running), {});
    for (const text of texts) {
      const { query } = parseQuery(text);
      const [mistake] = query === null ? [] : planQuery(query, context).diagnostics;
      if (mistake !== undefined) messages.push(formatDiagnostic(text, mistake));
    }
  }
  const [first] = messages;
  if (first !== undefined) throw refuse('LABELS_INVALID', first, { definitions: messages.slice(0, 20) });
}

async function record(
  tx: Tx,
  action: string,
  before: LabelPackage | null,
  after: LabelPackage | null,
  by: Author,
): Promise<void> {
  const shown = after ?? before;
  if (shown === null) return;
  await appendAudit(tx, {
    ...by,
    logpointId: shown.logpointId,
    action,
    objectType: 'label package',
    objectId: shown.id,
    before: before === null ? null : labelPackageState(before),
    after: after === null ? null : labelPackageState(after),
  });
  tx.signal(LISTS_CHANGED, { logpointId: shown.logpointId });
}
