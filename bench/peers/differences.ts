import type { LoadedSigma } from '../../src/sigma/import-rules.ts';

export type Pair = { readonly line: number; readonly rule: string };

const keyOf = ({ line, rule }: Pair): string => `${line} ${rule}`;

/** Prints how many matches both have, and those that only one has, by rule and kind of event. */
export function differences(
  ours: readonly Pair[],
  theirs: readonly Pair[],
  lines: readonly string[],
  rules: readonly LoadedSigma[],
): void {
  const [ourKeys, theirKeys] = [new Set(ours.map(keyOf)), new Set(theirs.map(keyOf))];
  const both = [...ourKeys].filter((key) => theirKeys.has(key)).length;
  console.log(
    `matches: ${both} of both, ${ourKeys.size - both} of tocsin alone, ${theirKeys.size - both} of rsigma alone`,
  );
  const titles = new Map(rules.map(({ metadata }) => [metadata.id, metadata.title]));
  const table = (name: string, pairs: readonly Pair[]): void => {
    const counts = new Map<string, number>();
    for (const { line, rule } of pairs) {
      const { EventID, Channel } = JSON.parse(lines[line - 1] ?? '{}') as { EventID?: unknown; Channel?: unknown };
      const key = `${titles.get(rule) ?? rule} | ${String(Channel)} ${String(EventID)}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const [key, count] of [...counts].sort(([, a], [, b]) => b - a)) console.log(`  ${name}: ${count} | ${key}`);
  };
  table(
    'tocsin alone',
    ours.filter((pair) => !theirKeys.has(keyOf(pair))),
  );
  table(
    'rsigma alone',
    theirs.filter((pair) => !ourKeys.has(keyOf(pair))),
  );
}
