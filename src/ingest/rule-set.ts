import { rowConstants } from '../events/event-row.ts';
import {
  contextOf,
  noDefinitions,
  type QueryDefinitions,
  readCondition,
  type SigmaCondition,
} from '../query/definitions.ts';
import { type Diagnostic, formatDiagnostic, hasErrors } from '../query/diagnostics.ts';
import type { EventView } from '../query/event-view.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Condition, PlanContext } from '../query/plan.ts';
import { planQuery } from '../query/plan-query.ts';
import { buildSteps } from '../rules/matcher/build-matcher.ts';
import type { Matcher } from '../rules/matcher/matcher.ts';
import { runAtOnce, runInSlices } from '../rules/matcher/run-in-slices.ts';
import type { StreamRule } from '../rules/stream-rule.ts';
import { digestHex, type LogpointId, type ObjectId } from '../shared/ids.ts';
import { type ExceptionTests, exceptionTest } from './exception-tests.ts';
import type { CostlyRule, RuleLoadReport } from './ingest-handle.ts';
import type { IngestTarget } from './record.ts';
import { RepoMatchers } from './repo-matchers.ts';

/** A query as a condition, or why it cannot run on the stream. */
type Compiled = Condition | string;

/** Fields that every row shows; their values depend on the logpoint's name, their names do not. */
const CONSTANT_NAMES: ReadonlySet<string> = new Set(Object.keys(rowConstants({ logpointName: '', logpointIp: '' })));

/**
 * All stream rules, compiled, with one matcher for each set of repos that have the same rules. Immutable: new rules
 * make a new set, which takes from the old one what it has compiled already.
 */
export class RuleSet {
  readonly report: RuleLoadReport;
  readonly #compiled: ReadonlyMap<string, Compiled>;
  readonly #byLogpoint: ReadonlyMap<LogpointId, ReadonlyMap<string, Matcher<StreamRule>>>;
  readonly #exceptions: ExceptionTests;
  readonly #targets = new Map<string, RepoMatchers | null>();
  /** By rule: what it looks for, and where. One that looks for something else costs something else. */
  readonly #meanings: ReadonlyMap<string, string>;
  readonly #groups: readonly BuiltGroup[];
  /** What rules that are the same still cost in matchers that are gone, and the events of the sets before this one. */
  #before: ReadonlyMap<string, CostlyRule> = new Map();

  private constructor(
    compiled: ReadonlyMap<string, Compiled>,
    meanings: ReadonlyMap<string, string>,
    groups: readonly BuiltGroup[],
    byLogpoint: ReadonlyMap<LogpointId, ReadonlyMap<string, Matcher<StreamRule>>>,
    exceptions: ExceptionTests,
    report: RuleLoadReport,
  ) {
    this.#exceptions = exceptions;
    this.#compiled = compiled;
    this.#meanings = meanings;
    this.#groups = groups;
    this.#byLogpoint = byLogpoint;
    this.report = report;
  }

  /** Keeps the thread until all is done: for a start, when there is nothing else to do. */
  static compile(rules: readonly StreamRule[]): RuleSet {
    return runAtOnce(RuleSet.#steps(rules, null));
  }

  /** The next set, made in slices of a few milliseconds while this one is in use. */
  next(rules: readonly StreamRule[]): Promise<RuleSet> {
    return runInSlices(RuleSet.#steps(rules, this));
  }

  /** The matchers for events that came to a target; null when no rule looks there. */
  matcherOf(target: IngestTarget): RepoMatchers | null {
    const key = `${target.logpointId}\n${target.logpointName}`;
    const known = this.#targets.get(key);
    if (known !== undefined) return known;
    const byRepo = this.#byLogpoint.get(target.logpointId);
    const matchers = byRepo === undefined ? null : new RepoMatchers(target, byRepo, this.#exceptions);
    this.#targets.set(key, matchers);
    return matchers;
  }

  /** Goes on counting from what the set that was in use until now has counted, for rules that look for the same. */
  continueFrom(previous: RuleSet): void {
    const kept = new Set(this.#groups.map(({ matcher }) => matcher));
    const gone = previous.#groups.flatMap(({ matcher }) => (kept.has(matcher) ? [] : [matcher]));
    const costs = previous.#costsOf(gone);
    this.#before = new Map([...costs].filter(([key]) => previous.#meanings.get(key) === this.#meanings.get(key)));
  }

  /** The rules that cost the most since they look for what they look for, the dearest first. */
  costliest(countMax = Number.POSITIVE_INFINITY): CostlyRule[] {
    const costs = [...this.#costsOf(this.#groups.map(({ matcher }) => matcher)).values()];
    const met = costs.filter(({ tried, matched }) => tried > 0 || matched > 0);
    return met.sort((a, b) => b.estimatedUs - a.estimatedUs || b.tried - a.tried).slice(0, countMax);
  }

  /** By rule, in these matchers and before this set. Of every rule, since each has its share of the events. */
  #costsOf(matchers: readonly Matcher<StreamRule>[]): ReadonlyMap<string, CostlyRule> {
    const events = this.#eventsByLogpoint();
    const byRule = new Map<string, CostlyRule>();
    for (const { rules } of this.#groups) {
      for (const { key: rule } of rules) {
        const key = costKey(rule);
        const { ruleId, logpointId } = rule;
        const before = this.#before.get(key) ?? { events: 0, tried: 0, matched: 0, estimatedUs: 0 };
        const seen = before.events + (events.get(logpointId) ?? 0);
        byRule.set(key, { ...before, ruleId, logpointId, events: seen });
      }
    }
    for (const matcher of matchers) {
      for (const { key: rule, tried, matched, estimatedUs } of matcher.costs()) {
        const key = costKey(rule);
        const known = byRule.get(key);
        if (known === undefined) continue;
        byRule.set(key, {
          ...known,
          tried: tried + known.tried,
          matched: matched + known.matched,
          estimatedUs: Math.round(estimatedUs) + known.estimatedUs,
        });
      }
    }
    return byRule;
  }

  /** Values for which the rules of this set were asked, and how many of them had to be searched. */
  values(): { readonly asked: number; readonly searched: number } {
    let [asked, searched] = [0, 0];
    for (const { matcher } of this.#groups) {
      asked += matcher.values.asked;
      searched += matcher.values.searched;
    }
    return { asked, searched };
  }

  #eventsByLogpoint(): ReadonlyMap<LogpointId, number> {
    const events = new Map<LogpointId, number>();
    for (const [key, matchers] of this.#targets) {
      const logpointId = key.split('\n')[0] ?? '';
      events.set(logpointId, (events.get(logpointId) ?? 0) + (matchers?.events ?? 0));
    }
    return events;
  }

  static *#steps(rules: readonly StreamRule[], previous: RuleSet | null): Generator<void, RuleSet> {
    const fromMs = performance.now();
    const known: Known = previous === null ? NOTHING_KNOWN : { compiled: previous.#compiled, groups: previous.#groups };
    const compiled = new Map<string, Compiled>();
    const refused: { ruleId: string; logpointId: string; message: string }[] = [];
    const runnable: Runnable[] = [];
    const contexts = new Map<QueryDefinitions | undefined, DefinedContext>();
    const exceptions = new Map<ObjectId, (view: EventView) => boolean>();
    const exceptionsOfRule = new Map<ObjectId, readonly ObjectId[]>();
    const meanings = new Map<string, string>();
    for (const rule of rules) {
      const defined = contexts.get(rule.definitions) ?? definedContext(rule.definitions ?? noDefinitions);
      contexts.set(rule.definitions, defined);
      const { context } = defined;
      const sigma = onlySigmaRule(rule);
      const text = sigma === undefined ? compiledKey(rule.query, defined) : `sigma\n${sigma.digest}`;
      const condition =
        compiled.get(text) ?? known.compiled.get(text) ?? readCondition(sigma) ?? compileQuery(rule.query, context);
      compiled.set(text, condition);
      // Of a stateful rule there is an entry for each part.
      meanings.set(costKey(rule), `${meanings.get(costKey(rule)) ?? ''}${text}\n${rule.repos.join()}\n`);
      const own = rule.exceptions ?? [];
      if (own.length > 0)
        exceptionsOfRule.set(
          rule.ruleId,
          own.map(({ id }) => id),
        );
      for (const { id, query } of own) {
        if (exceptions.has(id)) continue;
        const exception = compileQuery(query, context);
        if (typeof exception !== 'string') exceptions.set(id, exceptionTest(exception));
        else {
          // It takes nothing out, rather than too much, and whoever looks at the report learns of it.
          exceptions.set(id, () => false);
          refused.push({ ruleId: id, logpointId: rule.logpointId, message: `exception: ${exception}` });
        }
      }
      if (typeof condition !== 'string') runnable.push({ key: matcherKey(rule), condition });
      else refused.push({ ruleId: rule.ruleId, logpointId: rule.logpointId, message: condition });
      yield;
    }
    const expensive = new Map<string, RuleLoadReport['expensive'][number]>();
    const byLogpoint = new Map<LogpointId, Map<string, Matcher<StreamRule>>>();
    const groups: BuiltGroup[] = [];
    for (const group of groupsOf(runnable)) {
      const { logpointId, repos } = group;
      const matcher =
        known.groups.find((built) => isSameGroup(built, group))?.matcher ??
        (yield* buildSteps(group.rules, { constantNames: CONSTANT_NAMES }));
      groups.push({ ...group, matcher });
      const byRepo = byLogpoint.get(logpointId) ?? new Map<string, Matcher<StreamRule>>();
      byLogpoint.set(logpointId, byRepo);
      for (const repo of repos) byRepo.set(repo, matcher);
      for (const { key, expense } of matcher.report.expensive) {
        expensive.set(`${key.logpointId}/${key.ruleId}`, { ruleId: key.ruleId, logpointId: key.logpointId, expense });
      }
    }
    const buildMs = performance.now() - fromMs;
    const tests = { byId: exceptions, ofRule: exceptionsOfRule };
    return new RuleSet(compiled, meanings, groups, byLogpoint, tests, {
      loaded: runnable.length,
      refused,
      expensive: [...expensive.values()],
      buildMs,
    });
  }
}

const costKey = ({ logpointId, ruleId }: { readonly logpointId: LogpointId; readonly ruleId: ObjectId }): string =>
  `${logpointId}/${ruleId}`;

type Runnable = { readonly key: StreamRule; readonly condition: Condition };
type Group = { readonly logpointId: LogpointId; readonly repos: string[]; readonly rules: readonly Runnable[] };
type BuiltGroup = Group & { readonly matcher: Matcher<StreamRule> };

type Known = { readonly compiled: ReadonlyMap<string, Compiled>; readonly groups: readonly BuiltGroup[] };
const NOTHING_KNOWN: Known = { compiled: new Map(), groups: [] };

/** What a match is made of. What the query may name is left out: a matcher would hold on to lists of long ago. */
const matcherKey = ({ definitions: _names, exceptions: _apart, ...rule }: StreamRule): StreamRule => rule;

/** The matcher of one does for the other: exceptions and repos of the rules play no part in it. */
const isSameGroup = (one: Group, other: Group): boolean =>
  one.logpointId === other.logpointId &&
  one.rules.length === other.rules.length &&
  one.rules.every((rule, i) => isSameRule(rule, other.rules[i]));

/** Conditions that are the same are one object from set to set. */
const isSameRule = (one: Runnable, other: Runnable | undefined): boolean =>
  other !== undefined &&
  one.condition === other.condition &&
  one.key.ruleId === other.key.ruleId &&
  one.key.ruleVersion === other.key.ruleVersion &&
  one.key.throttlingField === other.key.throttlingField &&
  JSON.stringify(one.key.part) === JSON.stringify(other.key.part);

/** Repos of a logpoint that have the same rules share one matcher. */
function groupsOf(runnable: readonly Runnable[]): Group[] {
  const byRepo = new Map<
    string,
    { readonly logpointId: LogpointId; readonly repo: string; readonly rules: number[] }
  >();
  for (const [number, { key }] of runnable.entries()) {
    for (const repo of new Set(key.repos)) {
      const place = `${key.logpointId}/${repo}`;
      const known = byRepo.get(place);
      if (known === undefined) byRepo.set(place, { logpointId: key.logpointId, repo, rules: [number] });
      else known.rules.push(number);
    }
  }
  const groups = new Map<string, Group>();
  for (const { logpointId, repo, rules } of byRepo.values()) {
    const same = `${logpointId}/${rules.join()}`;
    const group = groups.get(same);
    if (group !== undefined) group.repos.push(repo);
    else groups.set(same, { logpointId, repos: [repo], rules: rules.flatMap((number) => runnable[number] ?? []) });
  }
  return [...groups.values()];
}

/** The whole query is the name of a Sigma rule: its condition needs no planning. */
function onlySigmaRule({ query, definitions }: StreamRule): SigmaCondition | undefined {
  const id = SIGMA_QUERY.exec(query)?.[1];
  return id === undefined ? undefined : definitions?.sigma?.get(id);
}

const SIGMA_QUERY = /^sigma_rule="([\w.-]+)"$/;

/** What queries may name, and a digest of it: the same text over other lists is another condition. */
type DefinedContext = {
  readonly digest: string;
  /** With all Sigma rules, for the few queries that name them among other things. */
  readonly sigmaDigest: string;
  readonly context: PlanContext;
};

const compiledKey = (query: string, { digest, sigmaDigest }: DefinedContext): string =>
  `${query.includes('sigma_rule') ? sigmaDigest : digest}\n${query}`;

function definedContext(definitions: QueryDefinitions): DefinedContext {
  const { lists, listNames, labels, sigma } = definitions;
  const sigmaDigests = [...(sigma ?? [])].map(([id, { digest }]) => [id, digest]);
  const digest = digestHex([JSON.stringify([[...lists], listNames, labels])], 32);
  const sigmaDigest = digestHex([digest, JSON.stringify(sigmaDigests)], 32);
  return { digest, sigmaDigest, context: contextOf(definitions, {}) };
}

function compileQuery(text: string, context: PlanContext): Compiled {
  const { query, diagnostics } = parseQuery(text);
  if (query === null || hasErrors(diagnostics)) return describe(text, diagnostics);
  const planned = planQuery(query, context);
  if (planned.plan === null) return describe(text, planned.diagnostics);
  return planned.plan.isStreamable ? planned.plan.filter : 'the query is not a plain search expression';
}

const describe = (text: string, diagnostics: readonly Diagnostic[]): string => {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  return first === undefined ? 'the query does not compile' : formatDiagnostic(text, first);
};
