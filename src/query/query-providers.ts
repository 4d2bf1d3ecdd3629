import type { ProviderName } from './plan.ts';
import type { TableRows } from './table-rows.ts';

/** What a provider says of one key: texts under the names of its columns. */
export type ProviderAnswer = Readonly<Record<string, string>>;

/** Answers by key; a key that is not known is left out. `isCut`: a limit has left questions unasked. */
export type ProviderAnswers = {
  readonly answers: ReadonlyMap<string, ProviderAnswer>;
  readonly isCut: boolean;
};

/** Asks outside of the events, for the steps of a query that want it. What is off has no columns and is never asked. */
export interface QueryProviders {
  /** Names of the values in an answer, most wanted first; undefined for a provider, or a table of it, that is off. */
  columns(provider: ProviderName, source: string | null): readonly string[] | undefined;
  /** Rows of a table for `table "name"`; undefined for one that is not there or off. */
  table(name: string): TableRows | undefined;
  /** `keys` are distinct. */
  ask(
    provider: ProviderName,
    source: string | null,
    keys: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<ProviderAnswers>;
}

/** Nothing is asked: what rules and every search without the option have. */
export const noProviders: QueryProviders = {
  columns: () => undefined,
  table: () => undefined,
  ask: async () => ({ answers: new Map(), isCut: false }),
};

/** Distinct keys that one step asks about; the rows of further ones are treated as unknown, and the answer says it is cut. */
export const providerKeysMax = 1_000;
