import type { EventFields, LogEvent } from '../events/event.ts';
import { fieldText, rowConstants } from '../events/event-row.ts';
import { fieldAliases } from '../events/taxonomy.ts';
import { compileFilter, type EventFilter } from '../query/compile-filter.ts';
import { type Diagnostic, formatDiagnostic, hasErrors } from '../query/diagnostics.ts';
import { EventView } from '../query/event-view.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Condition } from '../query/plan.ts';
import { planQuery } from '../query/plan-query.ts';
import type { Match } from '../rules/match.ts';
import type { StreamRule } from '../rules/stream-rule.ts';
import { add } from './counters.ts';
import type { RuleLoadReport } from './ingest-handle.ts';
import type { IngestTarget } from './record.ts';
import { BUCKET_FIELDS, type BucketField, bucketKey, labelKeys, requiredKeys, requiredLabels } from './rule-bucket.ts';

type CompiledRule = { readonly rule: StreamRule; readonly condition: Condition; readonly holds: EventFilter };

/**
 * All stream rules, compiled and sorted by logpoint and repo and, inside, by a value that an event must have for the
 * rule to hold (its event id, norm_id or label). Immutable: new rules make a new set.
 */
export class RuleSet {
  readonly report: RuleLoadReport;
  readonly #rules: ReadonlyMap<string, readonly CompiledRule[]>;
  readonly #matchers = new Map<string, Matcher | null>();

  private constructor(rules: ReadonlyMap<string, readonly CompiledRule[]>, report: RuleLoadReport) {
    this.#rules = rules;
    this.report = report;
  }

  static compile(rules: readonly StreamRule[]): RuleSet {
    const byRepo = new Map<string, CompiledRule[]>();
    const refused: { ruleId: string; logpointId: string; message: string }[] = [];
    for (const rule of rules) {
      const compiled = compileRule(rule);
      if (typeof compiled === 'string') {
        refused.push({ ruleId: rule.ruleId, logpointId: rule.logpointId, message: compiled });
        continue;
      }
      for (const repo of new Set(rule.repos)) {
        const key = repoKey(rule.logpointId, repo);
        const list = byRepo.get(key);
        if (list === undefined) byRepo.set(key, [compiled]);
        else list.push(compiled);
      }
    }
    return new RuleSet(byRepo, { loaded: rules.length - refused.length, refused });
  }

  /** The matcher for events that came to a target; null when no rule looks there. */
  matcherOf(target: IngestTarget): Matcher | null {
    const key = `${target.logpointId}\n${target.logpointName}`;
    const known = this.#matchers.get(key);
    if (known !== undefined) return known;
    const prefix = repoKey(target.logpointId, '');
    const own = [...this.#rules].filter(([repo]) => repo.startsWith(prefix));
    const byRepo = new Map(own.map(([repo, rules]) => [repo.slice(prefix.length), new Buckets(rules)]));
    const matcher = byRepo.size === 0 ? null : new Matcher(target, byRepo);
    this.#matchers.set(key, matcher);
    return matcher;
  }
}

const repoKey = (logpointId: string, repo: string): string => `${logpointId}/${repo}`;

/** The rules of one logpoint. */
export class Matcher {
  readonly #target: IngestTarget;
  readonly #byRepo: ReadonlyMap<string, Buckets>;
  readonly #view: EventView;

  constructor(target: IngestTarget, byRepo: ReadonlyMap<string, Buckets>) {
    this.#target = target;
    this.#byRepo = byRepo;
    this.#view = new EventView(rowConstants({ logpointName: target.logpointName, logpointIp: '' }));
  }

  /** Adds a match for each rule that the event satisfies. */
  match(event: LogEvent, matches: Match[]): void {
    const buckets = this.#byRepo.get(event.repo);
    if (buckets === undefined) return;
    for (const rules of buckets.candidates(event.fields)) {
      for (const { rule, holds } of rules) {
        if (holds(event, this.#view)) matches.push(toMatch(rule, event, this.#target));
      }
    }
  }
}

function toMatch(rule: StreamRule, event: LogEvent, target: IngestTarget): Match {
  return {
    logpointId: target.logpointId,
    ruleId: rule.ruleId,
    ruleVersion: rule.ruleVersion,
    seq: event.seq,
    eventAtMs: event.eventAtMs,
    repo: event.repo,
    throttleValue: throttleValueOf(rule, event),
  };
}

function throttleValueOf({ throttlingField }: StreamRule, event: LogEvent): string | null {
  if (throttlingField === null) return null;
  for (const name of [throttlingField, ...fieldAliases(throttlingField)]) {
    const value = fieldText(event, name);
    if (value !== undefined) return value;
  }
  return null;
}

/** The rules of one repo. A rule is in one bucket for each value of one field, or among those that are always tried. */
class Buckets {
  readonly #always: CompiledRule[] = [];
  readonly #byField: Readonly<Record<BucketField, Map<string, CompiledRule[]>>> = {
    event_id: new Map(),
    norm_id: new Map(),
    label: new Map(),
  };

  constructor(rules: readonly CompiledRule[]) {
    const labelUse = new Map<string, number>();
    for (const { condition } of rules) for (const word of requiredLabels(condition)) add(labelUse, word);
    for (const compiled of rules) {
      const place = bucketOf(compiled.condition, labelUse);
      if (place === null) this.#always.push(compiled);
      else for (const key of place.keys) this.#put(place.field, key, compiled);
    }
  }

  #put(field: BucketField, key: string, compiled: CompiledRule): void {
    const buckets = this.#byField[field];
    const bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, [compiled]);
    else bucket.push(compiled);
  }

  /** Lists of rules, no rule twice, among which are all that can hold. */
  candidates(fields: EventFields): readonly (readonly CompiledRule[])[] {
    const lists: (readonly CompiledRule[])[] = this.#always.length === 0 ? [] : [this.#always];
    for (const field of BUCKET_FIELDS) {
      const buckets = this.#byField[field];
      if (buckets.size === 0) continue;
      const value = fields[field];
      if (value === undefined) continue;
      for (const key of field === 'label' ? labelKeys(value) : [bucketKey(value)]) {
        const bucket = buckets.get(key);
        if (bucket !== undefined) lists.push(bucket);
      }
    }
    return lists;
  }
}

type Place = { readonly field: BucketField; readonly keys: Iterable<string> };

function bucketOf(condition: Condition, labelUse: ReadonlyMap<string, number>): Place | null {
  for (const field of BUCKET_FIELDS) {
    if (field !== 'label') {
      const keys = requiredKeys(condition, field);
      if (keys !== null) return { field, keys };
      continue;
    }
    // One word, so that an event with several labels meets the rule once; the word that the fewest rules ask for.
    const words = [...requiredLabels(condition)].sort((a, b) => (labelUse.get(a) ?? 0) - (labelUse.get(b) ?? 0));
    if (words[0] !== undefined) return { field, keys: [words[0]] };
  }
  return null;
}

/** The rule ready to run, or why it cannot. */
function compileRule(rule: StreamRule): CompiledRule | string {
  const { query, diagnostics } = parseQuery(rule.query);
  if (query === null || hasErrors(diagnostics)) return describe(rule.query, diagnostics);
  const planned = planQuery(query);
  if (planned.plan === null) return describe(rule.query, planned.diagnostics);
  if (!planned.plan.isStreamable) return 'the query is not a plain search expression';
  return { rule, condition: planned.plan.filter, holds: compileFilter(planned.plan) };
}

const describe = (text: string, diagnostics: readonly Diagnostic[]): string => {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  return first === undefined ? 'the query does not compile' : formatDiagnostic(text, first);
};
