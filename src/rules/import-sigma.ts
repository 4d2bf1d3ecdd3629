import { appendAudit } from '../audit/audit-chain.ts';
import type { Tx } from '../control/control-store.ts';
import { present } from '../shared/assert.ts';
import { AppError } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { PreparedDocument, PreparedImport, PreparedLine } from '../sigma/prepare-import.ts';
import {
  findNamedDocument,
  getDocument,
  logSourceKey,
  type SigmaDocument,
  saveDocument,
} from '../sigma/sigma-documents.ts';
import type { Author } from '../tenancy/author.ts';
import { orderOfImport, remakeDependents } from './chained-imports.ts';
import { statefulOf } from './import-correlation.ts';
import { createRule, editImportedRule, RULES_CHANGED, switchRule } from './rule-edits.ts';
import { getRule, isNameTaken } from './rule-store.ts';
import { firstFields, ruleName, ruleSigma, sigmaAttack, sigmaFields } from './sigma-fields.ts';

/** What became of a document: each has exactly one. */
export const IMPORT_FATES = ['imported', 'updated', 'unchanged', 'refused'] as const;
export type ImportFate = (typeof IMPORT_FATES)[number];

export type ImportRequest = {
  readonly logpointId: LogpointId;
  /** Of new rules. */
  readonly owner: ObjectId;
  readonly repos: readonly string[];
  /** Whether new rules run at once. */
  readonly activate: boolean;
  /** Tells what would happen and changes nothing. */
  readonly dryRun: boolean;
  /** Of rules that name none. */
  readonly licence: string;
  readonly compiler: string;
  /** Names of files that are not reported on. */
  readonly beside: ReadonlySet<string>;
};

export type ImportReport = {
  readonly rows: readonly JsonObject[];
  readonly counts: Readonly<Record<ImportFate, number>>;
  /** Stored rules that mean something else now because of a filter. */
  readonly narrowed: number;
};

type Outcome = { readonly fate: ImportFate; readonly ruleId: ObjectId | null; readonly reason: string };

/**
 * Carries out an import. Each document stands alone: one that is refused leaves the others be. A rule is known again by its
 * Sigma id: the same text changes nothing, another one changes the alert rule that was made of it, whose owner, repos,
 * throttling, name and state stay.
 */
export async function applySigmaImport(
  tx: Tx,
  prepared: PreparedImport,
  request: ImportRequest,
  by: Author,
): Promise<ImportReport> {
  if (!request.dryRun) return importAll(tx, prepared, request, by);
  try {
    // All of it is tried, so that what names what comes with it finds it, and all of it is undone.
    return await tx.attempt(async () => {
      throw new DryRun(await importAll(tx, prepared, request, by));
    });
  } catch (error) {
    if (error instanceof DryRun) return error.report;
    throw error;
  }
}

/** Undoes what was tried. */
class DryRun extends Error {
  readonly report: ImportReport;

  constructor(report: ImportReport) {
    super('a dry run ends here');
    this.report = report;
  }
}

async function importAll(tx: Tx, prepared: PreparedImport, request: ImportRequest, by: Author): Promise<ImportReport> {
  const rows: JsonObject[] = [];
  const counts: Record<ImportFate, number> = { imported: 0, updated: 0, unchanged: 0, refused: 0 };
  const outcomes = new Map<PreparedLine, Outcome>();
  const { ordered, circles } = orderOfImport(prepared.lines);
  for (const line of ordered) {
    const circle = circles.get(line);
    outcomes.set(line, circle === undefined ? await outcomeOf(tx, line, request, by) : refused(circle));
  }
  for (const line of prepared.lines) {
    const { fate, ruleId, reason } = present(outcomes.get(line), 'outcome of a line');
    if (request.beside.has(line.file)) continue;
    counts[fate] += 1;
    const { file, sigmaId, title, warnings } = line;
    const kind = line.document?.kind ?? '';
    const id = request.dryRun && fate === 'imported' ? null : ruleId;
    rows.push({ file, rule_id: sigmaId, title, kind, fate, reason, warnings, id });
  }
  for (const { sigmaId, condition } of prepared.recompiled) {
    const document = await getDocument(tx, request.logpointId, sigmaId);
    if (document !== null) await saveCondition(tx, { ...document, condition, compiler: request.compiler }, by);
  }
  return { rows, counts, narrowed: prepared.recompiled.length };
}

async function outcomeOf(tx: Tx, line: PreparedLine, request: ImportRequest, by: Author): Promise<Outcome> {
  const { document } = line;
  if (document === null) return refused(line.reason);
  try {
    return await tx.attempt(() => importDocument(tx, line.file, document, request, by));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const fields = Object.values(error.fields ?? {}).flat();
    return refused(fields.length === 0 ? error.message : fields.join('; '));
  }
}

const refused = (reason: string): Outcome => ({ fate: 'refused', ruleId: null, reason });

async function importDocument(
  tx: Tx,
  file: string,
  prepared: PreparedDocument,
  request: ImportRequest,
  by: Author,
): Promise<Outcome> {
  const { logpointId, compiler } = request;
  const { metadata, kind, logSource, content, digest, condition } = prepared;
  const before = await getDocument(tx, logpointId, metadata.id);
  const document: SigmaDocument = {
    logpointId,
    sigmaId: metadata.id,
    name: metadata.name ?? '',
    kind,
    ruleId: before?.ruleId ?? null,
    file,
    content,
    digest,
    logSource: logSource === null ? '' : logSourceKey(logSource),
    condition,
    compiler,
  };
  return kind === 'filter'
    ? importFilter(tx, document, before, by)
    : importRule(tx, document, before, prepared, request, by);
}

const isSame = (document: SigmaDocument, before: SigmaDocument): boolean =>
  document.digest === before.digest && document.condition?.digest === before.condition?.digest;

async function importRule(
  tx: Tx,
  document: SigmaDocument,
  before: SigmaDocument | null,
  { metadata, logSource, ...prepared }: PreparedDocument,
  { owner, repos, activate, licence }: ImportRequest,
  by: Author,
): Promise<Outcome> {
  const { logpointId } = document;
  const rule = before?.ruleId == null ? null : await getRule(tx, logpointId, before.ruleId);
  if (rule !== null && before !== null && isSame(document, before)) {
    return { fate: 'unchanged', ruleId: rule.id, reason: '' };
  }
  // First, so that the query of the rule finds what it names.
  await saveDocument(tx, document);
  const correlation =
    prepared.correlation === null ? null : await statefulOf(tx, logpointId, prepared.correlation, licence);
  const stateful = correlation?.stateful;
  const counted = correlation === null ? {} : { counted: correlation.counted };
  const sigma = { ...ruleSigma({ ...prepared, metadata, logSource }, licence), ...counted };
  const attack = await sigmaAttack(tx, metadata);
  const tags = [...attack.known, ...attack.kept.map(({ hash }) => hash)];
  const own = correlation === null ? {} : { query: correlation.query, timerange_minute: correlation.rangeMinutes };
  const fields = { ...sigmaFields(metadata, logSource, tags), ...own };
  if (rule !== null) {
    const matchesOther = document.condition?.digest !== before?.condition?.digest;
    await editImportedRule(tx, rule, fields, by, { sigma, stateful, keptTags: attack.kept, matchesOther });
    // In the attempt of this document: a change that another correlation cannot follow is refused.
    if (prepared.correlation !== null) await remakeDependents(tx, logpointId, prepared.correlation, by);
    return { fate: 'updated', ruleId: rule.id, reason: '' };
  }
  const isTaken = await isNameTaken(tx, logpointId, ruleName(metadata, false), null);
  const data = { ...firstFields(metadata.id, repos, owner), ...fields, searchname: ruleName(metadata, isTaken) };
  const made = await createRule(tx, logpointId, data, by, {
    sigma,
    stateful,
    isActive: activate,
    keptTags: attack.kept,
  });
  await saveDocument(tx, { ...document, ruleId: made.id });
  const quiet = prepared.correlation?.isGenerating === false && activate ? prepared.correlation.rules : [];
  return { fate: 'imported', ruleId: made.id, reason: await quieten(tx, logpointId, quiet, by) };
}

/** Rules and correlations that a correlation is made of raise nothing by themselves unless it says `generate: true`. */
async function quieten(tx: Tx, logpointId: LogpointId, names: readonly string[], by: Author): Promise<string> {
  const off: string[] = [];
  for (const name of names) {
    const ruleId = (await findNamedDocument(tx, logpointId, name))?.ruleId ?? null;
    const rule = ruleId === null ? null : await getRule(tx, logpointId, ruleId);
    if (rule === null || !rule.active) continue;
    await switchRule(tx, logpointId, rule.id, false, by);
    off.push(rule.name);
  }
  return off.length === 0 ? '' : `switched off, as it does not say generate: true: ${off.join(', ')}`;
}

async function importFilter(
  tx: Tx,
  document: SigmaDocument,
  before: SigmaDocument | null,
  by: Author,
): Promise<Outcome> {
  if (before !== null && isSame(document, before)) return { fate: 'unchanged', ruleId: null, reason: '' };
  await saveDocument(tx, document);
  await appendAudit(tx, {
    ...by,
    logpointId: document.logpointId,
    action: before === null ? 'sigma filter imported' : 'sigma filter updated',
    objectType: 'sigma document',
    objectId: document.sigmaId,
    before: before === null ? null : { digest: before.digest },
    after: { digest: document.digest, file: document.file },
  });
  return { fate: before === null ? 'imported' : 'updated', ruleId: null, reason: '' };
}

/** Writes what a rule compiles to now. Where that means other events, the rule counts anew. */
export async function saveCondition(tx: Tx, document: SigmaDocument, by: Author): Promise<void> {
  const before = await getDocument(tx, document.logpointId, document.sigmaId);
  if (before === null || before.digest !== document.digest) return;
  await saveDocument(tx, document);
  if (before.condition?.digest === document.condition?.digest) return;
  const rule = before.ruleId === null ? null : await getRule(tx, document.logpointId, before.ruleId);
  if (rule === null) return;
  await editImportedRule(tx, rule, {}, by, { sigma: rule.sigma, matchesOther: true });
  tx.signal(RULES_CHANGED, { logpointId: rule.logpointId, ruleId: rule.id });
}
