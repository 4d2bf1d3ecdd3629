import type { QueryDefinitions } from '../query/definitions.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { PlacedPart } from './stateful/stateful-rule.ts';

/** What the matching thread needs of a rule. Crosses threads as plain data. */
export type StreamRule = {
  readonly ruleId: ObjectId;
  readonly ruleVersion: number;
  readonly logpointId: LogpointId;
  /** Text of a plain search expression. */
  readonly query: string;
  /** What the query may name; all rules of a logpoint share one object. None when left out. */
  readonly definitions?: QueryDefinitions | undefined;
  /** Names of repos; only their events are looked at. */
  readonly repos: readonly string[];
  /** Field whose value goes into `Match.throttleValue`; null = no throttling. */
  readonly throttlingField: string | null;
  /** Exceptions for the rule; rules with the same ones share the list. */
  readonly exceptions?: readonly StreamException[] | undefined;
  /** The query is one of several of a stateful rule: its place, and what is read of its events. */
  readonly part?: PlacedPart | undefined;
};

/** Events that the rules which have it are not to fire on. */
export type StreamException = { readonly id: ObjectId; readonly query: string };
