import type { Hex32, LogpointId, ObjectId } from '../shared/ids.ts';
import type { ConditionOption } from './condition.ts';
import type { StatefulRule } from './stateful/stateful-rule.ts';

/** The API's word for how bad it is. Sigma's `informational` maps to `low`. */
export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
export type Risk = (typeof RISKS)[number];

/** "Risk calculation function" of the vendor. No formula is documented: kept and shown, the incident carries `risk`. */
export const AGGREGATES = ['min', 'max', 'avg'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** Longest range of a rule. Source: contract/director-api.md, section 5 (1 minute to 30 days). */
export const RANGE_MINUTES_MAX = 30 * 24 * 60;
export const DELAY_MINUTES_MAX = 1440;

/**
 * `stream`: matches of single events, counted as they arrive. `schedule`: the query runs over aligned windows.
 * Decided by query and condition together, see `modeOf`.
 */
export const RULE_MODES = ['stream', 'schedule'] as const;
export type RuleMode = (typeof RULE_MODES)[number];

/** One ATT&CK technique under one tactic, as it stood when the rule was saved. */
export type AttackRef = {
  readonly id: ObjectId;
  readonly hash: Hex32;
  /** e.g. `T1003.001` */
  readonly attackId: string;
  readonly attackTag: string;
  readonly attackCategory: string;
};

export type MetadataEntry = { readonly field: string; readonly value: string };

/** A repeated value of `field` within `rangeMinutes` after an incident raises no other one. */
export type Throttling = { readonly field: string; readonly rangeMinutes: number };

/** What a Sigma rule says of itself. Its licence asks for author and id wherever its match is shown. */
export type RuleSigma = {
  readonly id: string;
  readonly author: string;
  readonly references: readonly string[];
  /** As the rule or its import names it. */
  readonly licence: string;
  readonly status: string;
  readonly level: string;
  readonly date: string;
  readonly modified: string;
  /** As written, those of ATT&CK and all others. */
  readonly tags: readonly string[];
  readonly falsePositives: readonly string[];
  readonly product: string | null;
  readonly category: string | null;
  readonly service: string | null;
  /** Of a correlation: the rules whose matches it counts, which its incidents show. */
  readonly counted?: readonly CountedRule[];
};

export type CountedRule = { readonly id: string; readonly author: string; readonly licence: string };

/** What a person says about a rule; everything that `create` and `edit` may set. */
export type RuleSpec = {
  /** `searchname`; unique in the logpoint. */
  readonly name: string;
  readonly description: string;
  readonly query: string;
  /** Names of repos of the logpoint, at least one. */
  readonly repos: readonly string[];
  /** Rows that an incident of a plain search shows; the condition counts all of them. */
  readonly limit: number;
  readonly rangeMinutes: number;
  /** Divides `rangeMinutes`. */
  readonly intervalMinutes: number;
  /** Extra wait before a window is evaluated, for logs that come late; 0 = none. Scheduled rules only. */
  readonly delayMinutes: number;
  readonly conditionOption: ConditionOption;
  readonly conditionValue: number;
  readonly risk: Risk;
  readonly aggregate: Aggregate;
  /** The next firing uses only events that have not fired yet. */
  readonly flushOnTrigger: boolean;
  /** Who gets the incidents; the owner when null. */
  readonly assignedTo: ObjectId | null;
  /** Ids of incident user groups. */
  readonly manageableBy: readonly ObjectId[];
  readonly attack: readonly AttackRef[];
  readonly logSource: readonly string[];
  readonly metadata: readonly MetadataEntry[];
  readonly applyJinjaTemplate: boolean;
  readonly alertContextTemplate: string;
  readonly throttling: Throttling | null;
  readonly originalData: boolean;
  /** Of an imported Sigma rule; set by the import alone. */
  readonly sigma?: RuleSigma | undefined;
  /** Of a rule over the matches of several events; it runs on the stream. */
  readonly stateful?: StatefulRule | undefined;
};

export type AlertRule = RuleSpec & {
  readonly id: ObjectId;
  readonly logpointId: LogpointId;
  readonly alertruleId: Hex32;
  readonly ownerId: ObjectId;
  /**
   * The rule, shared or delivered, that this one stands for on behalf of its owner: it follows that rule's edits and
   * raises incidents of its own. Absent for a rule that was made here.
   */
  readonly usedFrom?: ObjectId | undefined;
  readonly active: boolean;
  readonly mode: RuleMode;
  /** From 1, one more with each edit. */
  readonly version: number;
  /** The version that last changed what an event must be to match: query or repos or throttling field. */
  readonly matchVersion: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

/** Settings of a rule of which nothing but its query is asked: one row in a minute is enough, and nobody is bothered. */
export const plainSettings = {
  limit: 100,
  rangeMinutes: 1,
  intervalMinutes: 1,
  delayMinutes: 0,
  conditionOption: 'greaterthan',
  conditionValue: 0,
  risk: 'high',
  aggregate: 'max',
  flushOnTrigger: false,
  assignedTo: null,
  manageableBy: [],
  attack: [],
  logSource: [],
  metadata: [],
  applyJinjaTemplate: false,
  alertContextTemplate: '',
  throttling: null,
  originalData: false,
} as const satisfies Partial<AlertRule>;
