import type { ProvideStep } from './plan.ts';
import { type ProviderAnswer, providerKeysMax, type QueryProviders } from './query-providers.ts';
import type { Rows, StepRun } from './run-steps.ts';

/** Asks about each distinct value once. Of several values of a row the first that the provider knows counts. */
export async function provide(
  run: StepRun,
  step: ProvideStep,
  rows: Rows,
  providers: QueryProviders,
  signal: AbortSignal | undefined,
): Promise<Rows> {
  const asked = run.texts(step.refs, rows);
  const keys = new Set<string>();
  for (const texts of asked) {
    for (const text of texts) {
      if (text === undefined || keys.has(text)) continue;
      if (keys.size < providerKeysMax) keys.add(text);
      else run.isCut = true;
    }
  }
  const { answers, isCut } = await providers.ask(step.provider, step.source, [...keys], signal);
  if (isCut) run.isCut = true;
  const valuesOf = (texts: readonly (string | undefined)[]): { values: (string | undefined)[]; isKnown: boolean } => {
    const key = texts.find((text) => text !== undefined && answers.has(text));
    const answer: ProviderAnswer = key === undefined ? {} : (answers.get(key) ?? {});
    const values = step.columns.map(({ answer: name }) => (Object.hasOwn(answer, name) ? answer[name] : undefined));
    if (step.keepsAsked) values[0] ??= texts.find((text) => text !== undefined);
    return { values, isKnown: key !== undefined };
  };
  const made = asked.map(valuesOf);
  const isKept = (index: number): boolean => !step.isFilter || made[index]?.isKnown === true;
  if (rows.kind === 'events') {
    const events = rows.rows.map((row, index) => ({
      ...row,
      slots: [...(row.slots ?? []), ...(made[index]?.values ?? [])],
    }));
    return { kind: 'events', rows: events.filter((_, index) => isKept(index)) };
  }
  const groups = rows.rows.map((row, index) => ({
    ...row,
    cells: [...row.cells, ...(made[index]?.values ?? []).map((value) => value ?? null)],
  }));
  return { kind: 'groups', rows: groups.filter((_, index) => isKept(index)) };
}
