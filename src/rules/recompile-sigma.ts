import type { ControlStore } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';
import { compilerVersion } from '../sigma/compiler-version.ts';
import { compileAgain } from '../sigma/prepare-import.ts';
import type { SigmaDocument } from '../sigma/sigma-documents.ts';
import { sigmaRecompiled, sigmaStale, sigmaStored } from './registry.ts';
import { listPlaceholders } from './sigma-placeholders.ts';

/** Documents of one transaction. */
const DOCUMENTS_PER_STEP = 200;

/**
 * Compiles the stored rules again that another version of the compiler compiled; nothing to do when there are none. A rule
 * that does not compile any more keeps its condition: it goes on as it was, and is named in the answer.
 */
export async function recompileSigma(
  control: ControlStore,
): Promise<{ readonly compiled: number; readonly failed: readonly SigmaDocument[] }> {
  const compiler = compilerVersion();
  const filters = new Map<LogpointId, readonly SigmaDocument[]>();
  const failed: SigmaDocument[] = [];
  let compiled = 0;
  for (;;) {
    const stale = await control.read(sigmaStale, { compiler, countMax: DOCUMENTS_PER_STEP });
    if (stale.length === 0) return { compiled, failed };
    const next: SigmaDocument[] = [];
    for (const logpointId of new Set(stale.map((document) => document.logpointId))) {
      const own = filters.get(logpointId) ?? (await control.read(sigmaStored, { logpointId, kind: 'filter' }));
      filters.set(logpointId, own);
      const documents = stale.filter((document) => document.logpointId === logpointId);
      for (const { document, condition } of await compileAgain(documents, own, listPlaceholders(control, logpointId))) {
        if (condition === null) failed.push(document);
        next.push({ ...document, condition: condition ?? document.condition, compiler });
      }
    }
    await control.write(sigmaRecompiled, next);
    compiled += next.length;
  }
}
