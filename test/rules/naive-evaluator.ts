import type { AlertRule } from '../../src/rules/alert-rule.ts';
import { streamThreshold } from '../../src/rules/condition.ts';
import type { Match } from '../../src/rules/match.ts';

/** What a rule raises over a whole set of matches, told by a loop over all of them for each of them. */
export type NaiveIncident = { readonly seq: number; rows: number; hits: number; lastMs: number };

export type NaiveAnswer = {
  readonly incidents: readonly NaiveIncident[];
  readonly hitSeqs: readonly number[];
  readonly throttled: number;
};

const second = (match: Match): number => Math.floor(match.eventAtMs / 1000);

export function evaluateNaively(rule: AlertRule, matches: readonly Match[]): NaiveAnswer {
  const needed = streamThreshold(rule.conditionOption, rule.conditionValue) ?? 0;
  const rangeS = rule.rangeMinutes * 60;
  const sorted = [...matches].sort((a, b) => a.eventAtMs - b.eventAtMs || a.seq - b.seq);
  const used = new Set<Match>();
  const told = new Set<Match>();
  const incidents: (NaiveIncident & { key: string | null; firstMs: number })[] = [];
  const hitSeqs: number[] = [];
  let throttled = 0;

  sorted.forEach((match, i) => {
    const window = sorted
      .slice(0, i + 1)
      .filter((other) => second(other) > second(match) - rangeS && !(rule.flushOnTrigger && used.has(other)));
    if (window.length < needed) return;
    hitSeqs.push(match.seq);
    const fresh = needed === 1 ? 1 : window.filter((other) => !told.has(other)).length;
    const rows = needed === 1 ? 1 : window.length;
    for (const other of window) {
      told.add(other);
      if (rule.flushOnTrigger) used.add(other);
    }
    const key = rule.throttling !== null && match.throttleValue ? match.throttleValue : null;
    const throttleMs = (rule.throttling?.rangeMinutes ?? 0) * 60_000;
    const known = incidents.findLast((incident) => {
      if (incident.key !== key) return false;
      if (key !== null) return match.eventAtMs - incident.firstMs < throttleMs;
      return !rule.flushOnTrigger && match.eventAtMs - incident.lastMs < rangeS * 1000;
    });
    if (known === undefined) {
      const { seq, eventAtMs } = match;
      incidents.push({ seq, rows, hits: rows, lastMs: eventAtMs, key, firstMs: eventAtMs });
      return;
    }
    known.hits += fresh;
    known.lastMs = match.eventAtMs;
    if (key !== null) throttled += 1;
  });
  return {
    incidents: incidents.map(({ seq, rows, hits, lastMs }) => ({ seq, rows, hits, lastMs })),
    hitSeqs: hitSeqs.sort((a, b) => a - b),
    throttled,
  };
}
