import type { JsonObject } from '../../shared/json.ts';
import type { AlertRule, Throttling } from '../alert-rule.ts';
import type { StreamException } from '../stream-rule.ts';
import { type Played, type PlayParts, type PlayRequest, play } from './play.ts';

export type BacktestRequest = PlayRequest & {
  /** Tried instead of the rule's own. */
  readonly throttling: Throttling | null;
  /** A search expression that is tried as one more exception. */
  readonly exception: string | null;
};

/** Stands for the exception that is tried. */
const TRIED_ID = 'f'.repeat(24);

/**
 * What a rule would have done over a range, with the exceptions that hold and what is tried; beside it what it would have
 * done without any exception, and as it is. Incidents are played as if nobody resolved them.
 */
export async function backtest(parts: PlayParts, request: BacktestRequest): Promise<JsonObject> {
  const { rule, exceptions, fromMs, toMs, throttling, exception } = request;
  const tried: AlertRule = throttling === null ? rule : { ...rule, throttling };
  const all: readonly StreamException[] =
    exception === null ? exceptions : [...exceptions, { id: TRIED_ID, query: exception }];
  const found = await play(parts, { rule: tried, exceptions: all, fromMs, toMs });
  const range = { fromMs, toMs: found.cut?.reachedMs ?? toMs };
  const without = all.length === 0 ? found : await play(parts, { rule: tried, exceptions: [], ...range });
  const isTrial = throttling !== null || exception !== null;
  // Nothing but the exception that is tried tells the two apart.
  const isWithout = throttling === null && exceptions.length === 0;
  const asIs = !isTrial ? found : isWithout ? without : await play(parts, { rule, exceptions, ...range });
  return {
    ...countsOf(found),
    per_day: found.days.map(({ day, hits, incidents }) => ({ day, hits, incidents })),
    noisiest: found.noisiest.map(({ field, value, count }) => ({ field, value, count })),
    cut: cutOf(found),
    without_exceptions: { ...countsOf(without), cut: cutOf(without) },
    as_is: { ...countsOf(asIs), cut: cutOf(asIs) },
    from: fromMs / 1000,
    to: toMs / 1000,
  };
}

const countsOf = ({ incidents, hits, suppressed, throttled }: Played): JsonObject => ({
  incidents,
  hits,
  suppressed,
  throttled,
});

const cutOf = ({ cut }: Played): JsonObject | null =>
  cut === null ? null : { reason: cut.reason, reached_at: cut.reachedMs / 1000 };
