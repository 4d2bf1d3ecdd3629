import type { ReadTx } from '../control/control-store.ts';
import { CHAIN_SEARCHES_MAX } from '../correlation/correlation.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId } from '../shared/ids.ts';
import { type CorrelatedRule, compileCorrelation } from '../sigma/compile-correlation.ts';
import { parseSigma } from '../sigma/parse-sigma.ts';
import { findNamedDocument, logSourceOf, type SigmaDocument } from '../sigma/sigma-documents.ts';
import type { SigmaCorrelation } from '../sigma/sigma-rule.ts';
import type { CountedRule } from './alert-rule.ts';
import { sigmaQuery } from './sigma-fields.ts';
import type { StatefulRule } from './stateful/stateful-rule.ts';

/** A correlation as an alert rule runs it. */
export type ImportedCorrelation = {
  readonly stateful: StatefulRule;
  /** Finds every event that may count. */
  readonly query: string;
  readonly rangeMinutes: number;
  /** The rules about single events at the ends of it. */
  readonly counted: readonly CountedRule[];
};

const MINUTE_MS = 60_000;

/** @throws AppError `SIGMA_CORRELATION` when it cannot run over the rules and correlations that are stored */
export async function statefulOf(
  tx: ReadTx,
  logpointId: LogpointId,
  sigma: SigmaCorrelation,
  licence: string,
): Promise<ImportedCorrelation> {
  const named = await allNamed(tx, logpointId, sigma);
  const compiled = compileCorrelation(sigma, (name) => named.get(name));
  if ('refused' in compiled) throw refuse('SIGMA_CORRELATION', compiled.refused);
  const { correlation, inner, parts } = compiled;
  const ids = [...new Set(parts.map(({ rule }) => rule.id))];
  const isChain = inner.length > 0;
  const stateful: StatefulRule = {
    correlation,
    ...(isChain ? { inner } : {}),
    parts: parts.map(({ rule, fields, up, node, part }) => {
      const query = sigmaQuery(rule.id);
      return isChain ? { query, fields, at: { node, part }, up } : { query, fields };
    }),
  };
  return {
    stateful,
    query: ids.length === 1 ? sigmaQuery(ids[0] ?? '') : `sigma_rule IN [${ids.map((id) => `"${id}"`).join(', ')}]`,
    rangeMinutes: Math.max(1, Math.ceil(correlation.spanMs / MINUTE_MS)),
    counted: await countedRules(tx, logpointId, ids, licence),
  };
}

async function countedRules(
  tx: ReadTx,
  logpointId: LogpointId,
  ids: readonly string[],
  licence: string,
): Promise<readonly CountedRule[]> {
  const counted: CountedRule[] = [];
  for (const id of ids) {
    const document = await findNamedDocument(tx, logpointId, id);
    const [parsed] = document === null ? [] : parseSigma(document.file, document.content);
    const { author = '', license = '' } = parsed?.metadata ?? {};
    counted.push({ id, author, licence: license === '' ? licence : license });
  }
  return counted;
}

/** What the correlation names, and what that names, each once: a circle of names ends. */
async function allNamed(
  tx: ReadTx,
  logpointId: LogpointId,
  sigma: SigmaCorrelation,
): Promise<ReadonlyMap<string, CorrelatedRule | SigmaCorrelation>> {
  const found = new Map<string, CorrelatedRule | SigmaCorrelation>();
  const seen = new Set<string>();
  for (const names = [...sigma.rules]; names.length > 0 && seen.size < NAMES_MAX; ) {
    const name = names.pop() ?? '';
    if (seen.has(name)) continue;
    seen.add(name);
    const document = await findNamedDocument(tx, logpointId, name);
    if (document === null) continue;
    if (document.kind === 'rule') {
      const logSource = logSourceOf(document);
      found.set(name, { kind: 'rule', id: document.sigmaId, name: document.name || null, logSource });
      continue;
    }
    const correlation = storedCorrelation(document);
    if (correlation === null) continue;
    found.set(name, correlation);
    names.push(...correlation.rules);
  }
  return found;
}

/** More than any chain that can run has. */
const NAMES_MAX = 2 * CHAIN_SEARCHES_MAX;

/** Null for a document that is no correlation. */
export function storedCorrelation({ file, content }: SigmaDocument): SigmaCorrelation | null {
  for (const { definition } of parseSigma(file, content)) if (definition?.kind === 'correlation') return definition;
  return null;
}
