import type { ReadTx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId } from '../shared/ids.ts';
import { compileCorrelation } from '../sigma/compile-correlation.ts';
import { findRuleDocument, logSourceOf } from '../sigma/sigma-documents.ts';
import type { SigmaCorrelation } from '../sigma/sigma-rule.ts';
import { sigmaQuery } from './sigma-fields.ts';
import type { StatefulRule } from './stateful/stateful-rule.ts';

/** A correlation as an alert rule runs it. */
export type ImportedCorrelation = {
  readonly stateful: StatefulRule;
  /** Finds every event that may count. */
  readonly query: string;
  readonly rangeMinutes: number;
};

const MINUTE_MS = 60_000;

/** @throws AppError `SIGMA_CORRELATION` when it cannot run over the rules that are stored */
export async function statefulOf(
  tx: ReadTx,
  logpointId: LogpointId,
  sigma: SigmaCorrelation,
): Promise<ImportedCorrelation> {
  const rules = new Map<string, { id: string; name: string | null; logSource: ReturnType<typeof logSourceOf> }>();
  for (const name of sigma.rules) {
    const document = await findRuleDocument(tx, logpointId, name);
    if (document === null) continue;
    rules.set(name, { id: document.sigmaId, name: document.name || null, logSource: logSourceOf(document) });
  }
  const compiled = compileCorrelation(sigma, (name) => rules.get(name));
  if ('refused' in compiled) throw refuse('SIGMA_CORRELATION', compiled.refused);
  const { correlation, parts } = compiled;
  const ids = [...new Set(parts.map(({ rule }) => rule.id))];
  return {
    stateful: { correlation, parts: parts.map(({ rule, fields }) => ({ query: sigmaQuery(rule.id), fields })) },
    query: ids.length === 1 ? sigmaQuery(ids[0] ?? '') : `sigma_rule IN [${ids.map((id) => `"${id}"`).join(', ')}]`,
    rangeMinutes: Math.max(1, Math.ceil(correlation.spanMs / MINUTE_MS)),
  };
}
