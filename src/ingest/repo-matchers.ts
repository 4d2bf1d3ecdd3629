import { distinctEntities, entitiesOf } from '../events/entity.ts';
import type { LogEvent } from '../events/event.ts';
import { fieldText, rowConstants } from '../events/event-row.ts';
import { fieldAliases } from '../events/taxonomy.ts';
import { EventView } from '../query/event-view.ts';
import { isSameGroup, joined, type Match } from '../rules/match.ts';
import type { Matcher } from '../rules/matcher/matcher.ts';
import { correlatedBy, type PlacedPart } from '../rules/stateful/stateful-rule.ts';
import type { StreamRule } from '../rules/stream-rule.ts';
import { type ExceptionTests, exceptionsHolding } from './exception-tests.ts';
import type { IngestTarget } from './record.ts';

/** The rules of one logpoint, by the repo whose events they look at. */
export class RepoMatchers {
  readonly #target: IngestTarget;
  readonly #byRepo: ReadonlyMap<string, Matcher<StreamRule>>;
  readonly #view: EventView;
  readonly #exceptions: ExceptionTests;
  /** Events that rules looked at. */
  events = 0;

  constructor(target: IngestTarget, byRepo: ReadonlyMap<string, Matcher<StreamRule>>, exceptions: ExceptionTests) {
    this.#exceptions = exceptions;
    this.#target = target;
    this.#byRepo = byRepo;
    this.#view = new EventView(rowConstants({ logpointName: target.logpointName, logpointIp: '' }));
  }

  /** Adds a match for each rule that the event satisfies. */
  match(event: LogEvent, matches: Match[]): void {
    const matcher = this.#byRepo.get(event.repo);
    if (matcher === undefined) return;
    this.events += 1;
    for (const rule of matcher.match(event, this.#view)) {
      const exceptions = exceptionsHolding(rule.ruleId, this.#exceptions, this.#view.of(event));
      const match = { ...toMatch(rule, event, this.#target), ...(exceptions.length === 0 ? {} : { exceptions }) };
      if (rule.part === undefined) matches.push(match);
      else addPart(matches, match, event, rule.part);
    }
  }
}

/** An event that satisfies several parts of a stateful rule is one match of each of its groups. */
function addPart(matches: Match[], match: Match, event: LogEvent, part: PlacedPart): void {
  const correlated = correlatedBy(event, part);
  if (correlated === null) return;
  for (let i = matches.length - 1; matches[i]?.seq === match.seq; i -= 1) {
    const other = matches[i];
    if (other?.ruleId !== match.ruleId || !isSameGroup(other.correlated, correlated)) continue;
    matches[i] = { ...other, correlated: joined(other.correlated, correlated) };
    return;
  }
  matches.push({ ...match, correlated });
}

function toMatch(rule: StreamRule, event: LogEvent, target: IngestTarget): Match {
  const entities = distinctEntities([entitiesOf(event)]);
  return {
    logpointId: target.logpointId,
    ruleId: rule.ruleId,
    ruleVersion: rule.ruleVersion,
    seq: event.seq,
    eventAtMs: event.eventAtMs,
    repo: event.repo,
    throttleValue: throttleValueOf(rule, event),
    ...(entities === undefined ? {} : { entities }),
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
