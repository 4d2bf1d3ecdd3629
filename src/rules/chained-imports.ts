import type { Tx } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';
import type { PreparedLine } from '../sigma/prepare-import.ts';
import { listDocuments } from '../sigma/sigma-documents.ts';
import type { SigmaCorrelation } from '../sigma/sigma-rule.ts';
import type { Author } from '../tenancy/author.ts';
import { statefulOf, storedCorrelation } from './import-correlation.ts';
import { editImportedRule } from './rule-edits.ts';
import { getRule } from './rule-store.ts';

/** Correlations of an import, by id and by name. */
function correlationsByName(lines: readonly PreparedLine[]): ReadonlyMap<string, PreparedLine> {
  const byName = new Map<string, PreparedLine>();
  for (const line of lines) {
    const { metadata } = line.document?.correlation ?? {};
    if (metadata === undefined) continue;
    for (const name of [metadata.id, metadata.name ?? metadata.id]) byName.set(name, line);
  }
  return byName;
}

/**
 * The order in which documents are stored: rules and filters first, then correlations, those before that others name.
 * Correlations that name each other in a circle have none: they are refused with the circle.
 */
export function orderOfImport(lines: readonly PreparedLine[]): {
  readonly ordered: readonly PreparedLine[];
  readonly circles: ReadonlyMap<PreparedLine, string>;
} {
  const byName = correlationsByName(lines);
  const namedBy = ({ document }: PreparedLine): PreparedLine[] =>
    (document?.correlation?.rules ?? []).flatMap((name) => byName.get(name) ?? []);
  const circles = new Map<PreparedLine, string>();
  for (const line of byName.values()) {
    const circle = wayBack(line, namedBy);
    if (circle !== null) circles.set(line, `correlations name each other in a circle: ${circle}`);
  }
  const ordered = new Set(lines.filter((line) => line.document?.kind !== 'correlation' || circles.has(line)));
  let left = lines.filter((line) => !ordered.has(line));
  while (left.length > 0) {
    const next = left.filter((line) => namedBy(line).every((named) => ordered.has(named)));
    if (next.length === 0) throw new Error('correlations without circles have an order');
    for (const line of next) ordered.add(line);
    left = left.filter((line) => !ordered.has(line));
  }
  return { ordered: [...ordered], circles };
}

/** The shortest way from a correlation over those that it names back to itself. */
function wayBack(start: PreparedLine, namedBy: (line: PreparedLine) => readonly PreparedLine[]): string | null {
  const from = new Map<PreparedLine, PreparedLine | null>([[start, null]]);
  // What is added while it runs is visited as well: from the nearest outwards.
  for (const line of from.keys()) {
    for (const named of namedBy(line)) {
      if (named !== start) {
        if (!from.has(named)) from.set(named, line);
        continue;
      }
      const way: PreparedLine[] = [start];
      for (let at: PreparedLine | null = line; at !== null; at = from.get(at) ?? null) way.unshift(at);
      return way.map(titleOf).join(' → ');
    }
  }
  return null;
}

const titleOf = ({ document, sigmaId }: PreparedLine): string => document?.metadata.name ?? sigmaId;

/**
 * Correlations that count the hits of one that changed are made anew of what it says now.
 *
 * @throws AppError `SIGMA_CORRELATION` when one of them cannot follow
 */
export async function remakeDependents(
  tx: Tx,
  logpointId: LogpointId,
  { metadata }: SigmaCorrelation,
  by: Author,
): Promise<void> {
  const names = new Set([metadata.id, metadata.name]);
  const stored = (await listDocuments(tx, { logpointId, kind: 'correlation' })).flatMap((document) => {
    const correlation = document.sigmaId === metadata.id ? null : storedCorrelation(document);
    return correlation === null ? [] : [{ document, correlation }];
  });
  const affected = new Set<(typeof stored)[number]>();
  for (let before = -1; before !== affected.size; ) {
    before = affected.size;
    for (const one of stored) {
      if (affected.has(one) || !one.correlation.rules.some((name) => names.has(name))) continue;
      affected.add(one);
      const { id, name } = one.correlation.metadata;
      for (const text of [id, name ?? id]) names.add(text);
    }
  }
  for (const { document, correlation } of affected) {
    const rule = document.ruleId === null ? null : await getRule(tx, logpointId, document.ruleId);
    if (rule === null) continue;
    const licence = rule.sigma?.licence ?? '';
    const { stateful, query, rangeMinutes, counted } = await statefulOf(tx, logpointId, correlation, licence);
    const fields = { query, timerange_minute: rangeMinutes };
    const sigma = rule.sigma === undefined ? undefined : { ...rule.sigma, counted };
    await editImportedRule(tx, rule, fields, by, { sigma, stateful, matchesOther: false });
  }
}
