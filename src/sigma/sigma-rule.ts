import type { Network } from '../query/network.ts';
import type { TextRelation } from '../query/text-test.ts';
import type { Place } from './problem.ts';
import type { SigmaText } from './sigma-text.ts';

export const SIGMA_LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type SigmaLevel = (typeof SIGMA_LEVELS)[number];
/** The API's word for how bad it is. */
export type SigmaRisk = 'low' | 'medium' | 'high' | 'critical';

/** What a rule says about itself. All of it stays with the rule: its licence asks for author and id at every match. */
export type SigmaMetadata = {
  /** The rule's own id; made from its file and title when it has none. */
  readonly id: string;
  readonly title: string;
  /** A short name under which correlation rules may refer to it; null when it has none. */
  readonly name: string | null;
  readonly description: string;
  readonly author: string;
  readonly license: string;
  readonly references: readonly string[];
  readonly status: string;
  readonly level: SigmaLevel | null;
  readonly risk: SigmaRisk;
  /** As written, known to ATT&CK or not. */
  readonly tags: readonly string[];
  /** Techniques, groups and software among the tags: `T1059.001`, `G0016`, `S0002`. */
  readonly attackIds: readonly string[];
  /** Tactics among the tags, with hyphens: `defense-evasion`. */
  readonly tactics: readonly string[];
  readonly falsePositives: readonly string[];
  readonly fields: readonly string[];
  readonly related: readonly { readonly id: string; readonly type: string }[];
  readonly date: string;
  readonly modified: string;
  /** Every other key of the file with the text of its value. */
  readonly other: ReadonlyMap<string, string>;
};

export type LogSource = {
  readonly product: string | null;
  readonly category: string | null;
  readonly service: string | null;
  readonly place: Place;
};

/** A rule about single events. */
export type SigmaRule = {
  readonly kind: 'rule';
  readonly metadata: SigmaMetadata;
  readonly logSource: LogSource;
  /** The condition with every selection put in its place. */
  readonly detection: Detection;
};

export type Detection =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Detection[] }
  | { readonly kind: 'not'; readonly operand: Detection }
  | { readonly kind: 'test'; readonly field: string; readonly test: FieldTest; readonly place: Place }
  /** Text without a field: in any value of the event. */
  | { readonly kind: 'keyword'; readonly test: KeywordTest; readonly place: Place };

export type TextsTest = { readonly kind: 'texts'; readonly texts: readonly SigmaText[]; readonly isCased: boolean };
/** A pattern in RE2 syntax, flags in front, found anywhere in the value. */
export type RegexTest = { readonly kind: 'regex'; readonly regex: string };
export type KeywordTest = TextsTest | RegexTest;

export type FieldTest =
  | TextsTest
  | RegexTest
  | { readonly kind: 'networks'; readonly networks: readonly Network[] }
  | { readonly kind: 'compares'; readonly op: '<' | '<=' | '>' | '>='; readonly number: number }
  | { readonly kind: 'field'; readonly relation: TextRelation; readonly other: string; readonly isCased: boolean }
  | { readonly kind: 'exists' | 'absent' };

/** A condition that narrows other rules. */
export type SigmaFilter = {
  readonly kind: 'filter';
  readonly metadata: SigmaMetadata;
  readonly logSource: LogSource;
  /** Ids or names of the rules that it narrows; null is every rule of its log source. */
  readonly rules: readonly string[] | null;
  readonly detection: Detection;
};

export const CORRELATION_TYPES = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
] as const;
export type CorrelationType = (typeof CORRELATION_TYPES)[number];
export const CORRELATION_OPERATORS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
export type CorrelationOperator = (typeof CORRELATION_OPERATORS)[number];

/** A rule about matches of other rules. */
export type SigmaCorrelation = {
  readonly kind: 'correlation';
  readonly metadata: SigmaMetadata;
  readonly type: CorrelationType;
  /** Ids or names of the rules whose matches count; their order counts for `temporal_ordered`. */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  readonly timespanMs: number;
  /** All of them must hold. Empty for temporal rules without one: each of the rules at least once. */
  readonly conditions: readonly { readonly op: CorrelationOperator; readonly value: number }[];
  /** The fields whose values count; empty for types that count events. */
  readonly fields: readonly string[];
  /** For `value_percentile`. */
  readonly percentile: number | null;
  /** For temporal types: names and the boolean form of an extended condition. */
  readonly expression: CorrelationExpression | null;
  /** Alias → rule → field: one name for what each rule calls otherwise. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** The rules that it is made of raise their own incidents too. */
  readonly isGenerating: boolean;
};

export type CorrelationExpression =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly CorrelationExpression[] }
  | { readonly kind: 'not'; readonly operand: CorrelationExpression }
  | { readonly kind: 'rule'; readonly rule: string };

export type SigmaDefinition = SigmaRule | SigmaFilter | SigmaCorrelation;
