import fc from 'fast-check';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import type { Correlated, Match } from '../../src/rules/match.ts';
import { commands, LATENESS_MS, LOGPOINT, type RuleBench } from './fixture.ts';

export const RANGE_MS = 60_000;

/** What is delayed by less than the lateness is in time. */
export const delays = fc.infiniteStream(fc.integer({ min: 0, max: LATENESS_MS - 1 }));
export const stepKinds = fc.infiniteStream(
  fc.constantFrom('go on', 'go on', 'batch', 'batch', 'again', 'crash', 'restart', 'settle'),
);
type StepKind = 'go on' | 'batch' | 'again' | 'crash' | 'restart' | 'settle';

/** One event as it comes from the journal: `seq` is its place there. */
export type Arriving = {
  readonly seq: number;
  readonly eventAtMs: number;
  readonly throttleValue?: string | null;
  readonly correlated: Correlated;
};

export const matchOf = (
  rule: Pick<AlertRule, 'id' | 'version'>,
  { throttleValue = null, ...arriving }: Arriving,
): Match => ({
  logpointId: LOGPOINT,
  ruleId: rule.id,
  ruleVersion: rule.version,
  repo: 'default',
  throttleValue,
  ...arriving,
});

/** Applies matches in the order of their numbers in batches of any size, again, around crashes and restarts. */
export async function stream(
  bench: RuleBench,
  rule: Pick<AlertRule, 'id' | 'version'>,
  arriving: readonly Arriving[],
  next: { next(): { value: StepKind } },
): Promise<void> {
  let pending: Match[] = [];
  let fromSeq = arriving[0]?.seq ?? 1;
  for (const [i, one] of arriving.entries()) {
    pending.push(matchOf(rule, one));
    const step = next.next().value;
    if (step === 'go on' && i < arriving.length - 1) continue;
    const batch = { stream: 'n', fromSeq, toSeq: one.seq, matches: pending };
    const store = await bench.store();
    if (step === 'crash') {
      await store.write(commands.applyCachedThenFail, { batch, latenessMs: LATENESS_MS }).catch(() => null);
    }
    await store.write(commands.applyCached, { batch, latenessMs: LATENESS_MS });
    if (step === 'again') await store.write(commands.applyCached, { batch, latenessMs: LATENESS_MS });
    if (step === 'settle') {
      await store.write(commands.settle, { newestMs: one.eventAtMs, latenessMs: LATENESS_MS });
    }
    if (step === 'restart') await bench.restart();
    pending = [];
    fromSeq = one.seq + 1;
  }
}

/** All that is due is decided. */
export async function settleAll(bench: RuleBench): Promise<void> {
  await (await bench.store()).write(commands.settle, { newestMs: bench.nowMs, latenessMs: LATENESS_MS });
}

/** By arrival, numbered from `firstSeq`. */
export function asArriving<T extends { readonly eventAtMs: number }>(
  list: readonly T[],
  delay: { next(): { value: number } },
  firstSeq = 1,
): (T & { readonly seq: number })[] {
  return list
    .map((one) => ({ one, arrivesMs: one.eventAtMs + delay.next().value }))
    .sort((a, b) => a.arrivesMs - b.arrivesMs)
    .map(({ one }, i) => ({ ...one, seq: firstSeq + i }));
}
