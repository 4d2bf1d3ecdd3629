import type { FieldConstants } from '../events/event-layout.ts';
import type { Expr } from './ast.ts';
import type { StreamOperation } from './ast-stream.ts';
import type { TextPattern } from './free-text.ts';
import type { Network } from './network.ts';
import type { WildPattern } from './pattern.ts';
import type { PureProcessorName } from './pure-processors.ts';
import type { TableRows } from './table-rows.ts';
import type { TextRelation, TextSet, TextTest } from './text-test.ts';
import type { Comparison } from './tokens.ts';

/**
 * A query with everything resolved that can be before the first event is seen: field names, lists, patterns, columns.
 * Closed unions, immutable, plain data. Both the in-memory evaluator and the SQL compiler read nothing else.
 */
export type Plan = {
  /** `simple`: rows are events. `chart`: rows are groups. */
  readonly type: 'simple' | 'chart';
  /** One event decides by itself whether it is a row, so the query can run on the stream. */
  readonly isStreamable: boolean;
  /** Where the rows come from when that is a join of streams; null when it is the events. */
  readonly streams: StreamsPlan | null;
  /** Rows of a table in place of events, each as an event with the columns for fields; null when it is the events. */
  readonly table: TablePlan | null;
  /** What every event must satisfy: the search expression and the searches that follow it directly. */
  readonly filter: Condition;
  /** What happens to the rows then, in order. */
  readonly steps: readonly Step[];
  /** How rows that are events are shown: new names, and which fields; null shows everything. */
  readonly renames: readonly Rename[];
  readonly shown: readonly ShownColumn[] | null;
  /** Fields that commands computed, shown beside an event's own. */
  readonly computed: readonly ShownColumn[];
  /** Columns of a chart's rows, in order: groups first. Empty for simple queries. */
  readonly columns: readonly Column[];
  /** Names of the chart's group fields and of its aggregates (alias, else their text). */
  readonly grouping: readonly string[];
  readonly aliases: readonly string[];
  /** Fields used before the first pipe, `msg` for free text, in order of first use. */
  readonly fieldsToExtract: readonly string[];
  readonly constants: FieldConstants;
};

/** The rows stand in the plan, as a list's values do: what a query means is decided before it runs. */
export type TablePlan = { readonly name: string; readonly rows: TableRows };

/** One of the streams: a plan of its own, and what its rows show at its end under the stream's name. */
export type StreamPlan = {
  readonly name: string;
  readonly plan: Plan;
  /** Of events: values beside their own fields, and names that a rename took away. A chart shows its columns. */
  readonly columns: readonly ShownColumn[];
  readonly gone: readonly string[];
};

/** How the next stream is joined to the rows of those before it. */
export type StreamLinkPlan = {
  readonly operation: Exclude<StreamOperation, 'join'>;
  readonly withinMs: number | null;
  /** What must be equal, in any case, one for one: of one of the streams before, and of the joined one. */
  readonly left: readonly { readonly stream: number; readonly ref: Ref }[];
  readonly right: readonly Ref[];
};

/** Streams joined from left to right: `links[i]` joins `streams[i + 1]`. */
export type StreamsPlan = {
  readonly streams: readonly [StreamPlan, ...StreamPlan[]];
  readonly links: readonly StreamLinkPlan[];
};

export type Condition =
  | { readonly kind: 'always' }
  | { readonly kind: 'never' }
  | { readonly kind: 'and'; readonly operands: readonly Condition[] }
  | { readonly kind: 'or'; readonly operands: readonly Condition[] }
  | { readonly kind: 'not'; readonly operand: Condition }
  | { readonly kind: 'exists'; readonly ref: Ref }
  | { readonly kind: 'matches'; readonly ref: Ref; readonly values: ValueSet }
  | {
      readonly kind: 'compares';
      readonly ref: Ref;
      readonly op: Exclude<Comparison, '=' | '!='>;
      readonly number: number;
    }
  | { readonly kind: 'mentions'; readonly ref: Ref; readonly text: TextPattern }
  /** A pattern in RE2 syntax is found somewhere in the value, as stored: case counts. */
  | { readonly kind: 'finds'; readonly ref: Ref; readonly regex: string }
  /** As `matches`, but over the value as stored: case counts. */
  | { readonly kind: 'matches-cased'; readonly ref: Ref; readonly texts: TextSet }
  /** One of the values of the event passes; which are looked at says `searchedValues`. */
  | { readonly kind: 'anywhere'; readonly test: TextTest }
  /** The value is an address of one of the networks. */
  | { readonly kind: 'in-network'; readonly ref: Ref; readonly networks: readonly Network[] }
  /** Two values of the event: the first stands so to the second. An event without either does not. */
  | {
      readonly kind: 'relates';
      readonly ref: Ref;
      readonly relation: TextRelation;
      readonly other: Ref;
      readonly isCased: boolean;
    };

/** Any of these, over the whole of a value: folded texts, numbers (the value's numeric twin equals), wildcards. */
export type ValueSet = {
  readonly exact: readonly string[];
  readonly numbers: readonly number[];
  readonly patterns: readonly WildPattern[];
};

export type Ref = FieldRef | ColumnRef | ComputedRef | SlotRef;

/** A value that a step after the store gave an event: `ResultRow.slots`. */
export type SlotRef = { readonly kind: 'slot'; readonly index: number };

/** A field of an event. Its value is the first of `names` that the event has. */
export type FieldRef = {
  readonly kind: 'field';
  readonly names: readonly [string, ...string[]];
  /** `label`: a set of words; a match is a match of one of them. */
  readonly isSet: boolean;
};

/** A field that a command computed from others; as every reference it has the same value wherever it stands. */
export type ComputedRef = { readonly kind: 'computed'; readonly value: TextPlan };

/** A text or nothing. */
export type TextPlan =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly ref: Ref }
  /** A group of the first match, '' when the group took no part in it; nothing without a match. */
  | { readonly kind: 'captured'; readonly ref: Ref; readonly regex: string; readonly group: number }
  | { readonly kind: 'cased'; readonly to: 'lower' | 'upper'; readonly ref: Ref }
  /** The greatest multiple of `size` that is not above the number; nothing without a number. */
  | { readonly kind: 'step'; readonly ref: Ref; readonly size: number }
  /** A part of a time in seconds since 1970, UTC. */
  | { readonly kind: 'clock'; readonly part: ClockPart; readonly ref: Ref }
  | { readonly kind: 'number'; readonly number: NumberPlan }
  /** One text after the other; what is absent adds nothing, and nothing at all is nothing. */
  | { readonly kind: 'joined'; readonly parts: readonly TextPlan[] }
  /** How many characters (code points) the text has. */
  | { readonly kind: 'length'; readonly ref: Ref }
  /** What a processor makes of values, in memory only: the store has no twin of it. `output` is which of its results. */
  | {
      readonly kind: 'processed';
      readonly processor: PureProcessorName;
      readonly refs: readonly Ref[];
      readonly options: readonly string[];
      readonly output: number;
    }
  /** The value of the first condition that holds. */
  | {
      readonly kind: 'choice';
      readonly arms: readonly { readonly condition: Condition; readonly value: TextPlan }[];
      readonly otherwise: TextPlan | null;
    };

export const CLOCK_PARTS = ['second', 'minute', 'hour', 'day', 'day_of_week', 'week', 'month', 'year'] as const;
export type ClockPart = (typeof CLOCK_PARTS)[number];

/** A column of a chart's rows. */
export type ColumnRef = { readonly kind: 'column'; readonly index: number; readonly type: ColumnType };

/** `list` is a sorted list of distinct texts; a match is a match of one of them. `optional` is a text or nothing. */
export type ColumnType = 'text' | 'number' | 'list' | 'optional';
export type Column = { readonly name: string; readonly type: ColumnType };

export type Step =
  | { readonly kind: 'where'; readonly condition: Condition }
  | ChartStep
  | { readonly kind: 'order'; readonly keys: readonly OrderKey[] }
  | { readonly kind: 'limit'; readonly count: number }
  | LatestStep
  | BurstStep
  | ComputeStep
  | ExpandStep
  | ProvideStep
  | DistributionStep
  | WriteStep;

/** Gives each of a chart's rows further columns, each a text or nothing. */
export type ComputeStep = {
  readonly kind: 'compute';
  readonly columns: readonly { readonly name: string; readonly value: TextPlan }[];
};

/** One row for each item of the JSON array in a value, which becomes a further value of the row; others stay as they are. */
export type ExpandStep = { readonly kind: 'expand'; readonly name: string; readonly ref: Ref };

/** Asks a provider about the values of each row; every column is a further value of the row. */
export type ProvideStep = {
  readonly kind: 'provide';
  readonly provider: ProviderName;
  /** A table of the provider, for `lookup`. */
  readonly source: string | null;
  readonly refs: readonly Ref[];
  /** Names of the values that the provider answers with, and of the columns that they become. */
  readonly columns: readonly { readonly answer: string; readonly name: string }[];
  /** Only rows that the provider knows stay. */
  readonly isFilter: boolean;
  /** A column that the provider does not fill keeps the value that was asked about. */
  readonly keepsAsked: boolean;
};

/**
 * Looks at one number of all rows together and gives each row a further value: their median, or the share of the numbers
 * that are not greater than its own. A row without a number gets none of the latter, and all get nothing when none has one.
 */
export type DistributionStep = {
  readonly kind: 'distribution';
  readonly of: 'median' | 'quantile';
  readonly name: string;
  readonly ref: Ref;
};

/** Puts values of the rows into a list or table. Evaluation hands them over and changes no row. */
export type WriteStep = {
  readonly kind: 'write';
  readonly to: 'list' | 'table';
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly ref: Ref }[];
};

/** What asks outside of the events. All are off unless an option turns them on, so that alerts are deterministic. */
export const PROVIDER_NAMES = ['dns', 'geoip', 'ti', 'lookup', 'ldap', 'whois'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** Of the events with the same values the newest; events that lack one are left out. */
export type LatestStep = { readonly kind: 'latest'; readonly refs: readonly Ref[] };
/**
 * Events that are the last of `count` events with the same values, folded, no further apart than `withinMs`. Events
 * that lack a value are left out.
 */
export type BurstStep = {
  readonly kind: 'burst';
  readonly count: number;
  readonly refs: readonly Ref[];
  readonly withinMs: number | null;
};

/** Rows that lack a group field are left out. The result has the groups' columns, then the aggregates'. */
export type ChartStep = {
  readonly kind: 'chart';
  readonly groups: readonly { readonly name: string; readonly ref: Ref }[];
  readonly aggregates: readonly { readonly name: string; readonly measure: Measure }[];
};

export type Measure =
  | { readonly kind: 'count'; readonly condition: Condition | null }
  | { readonly kind: 'distinct-count' | 'distinct-list'; readonly ref: Ref }
  | { readonly kind: 'sum' | 'avg' | 'min' | 'max' | 'var' | 'median'; readonly number: NumberPlan };

/** A number or nothing: a field without a numeric twin makes the whole nothing, and so does a result that is not finite. */
export type NumberPlan =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'numeric'; readonly ref: Ref }
  | { readonly kind: 'negate'; readonly operand: NumberPlan }
  | {
      readonly kind: 'arithmetic';
      readonly op: '+' | '-' | '*' | '/';
      readonly left: NumberPlan;
      readonly right: NumberPlan;
    };

/**
 * Numbers come before texts, texts by code point, nothing last; the contrary when descending. Ties: newest event first,
 * or the columns in order.
 */
export type OrderKey = { readonly ref: Ref; readonly isDescending: boolean };

export type Rename = { readonly from: readonly string[]; readonly to: string };
export type ShownColumn = { readonly name: string; readonly ref: Ref };

/** A label, and the search whose events have it; several labels of one definition share the object. */
export type LabelRule = {
  readonly label: string;
  readonly search: { readonly condition: Expr } | { readonly mistake: string };
};

/** What planning needs to know from outside the query. */
export type PlanContext = {
  /** Names under which a field may be stored beside its own, most usual first. */
  readonly fieldAliases: (name: string) => readonly string[];
  /** Values of a list: texts, wildcards, networks (`10.0.0.0/8`); `undefined` for an unknown list. */
  readonly list: (name: string) => readonly string[] | undefined;
  /** Names of all lists, for suggestions. */
  readonly listNames: readonly string[];
  /** Labels that an event has because it satisfies a search. */
  readonly labelRules: readonly LabelRule[];
  /** What `sigma_rule="<id>"` means: the condition of an imported Sigma rule; undefined for an unknown one. */
  readonly sigmaRule?: ((id: string) => Condition | undefined) | undefined;
  /** Fields that every event of the logpoint shows unless it has its own. */
  readonly constants: FieldConstants;
  /** Length of the range that will be searched: it chooses the buckets of a `timechart` without `every`. */
  readonly rangeMs?: number | undefined;
  /** The search's own time, Unix ms: what `current_time` gives. Unknown: the plan cannot run on the stream. */
  readonly nowMs?: number | undefined;
  /** Rows of a table; undefined for an unknown one. Names of all tables are for suggestions. */
  readonly table?: (name: string) => TableRows | undefined;
  readonly tableNames?: readonly string[];
  /** Rows of a table that a provider which is on reads. */
  readonly providerTable?: (name: string) => TableRows | undefined;
  /** Names of fields that events usually have: a name that is none of them but near one gets a warning. */
  readonly knownFields?: readonly string[];
  /** Columns that a provider which is on answers with; undefined for one that is off. None is on by default. */
  readonly providerColumns?: (provider: ProviderName, source: string | null) => readonly string[] | undefined;
};

/** Distinct values that `distinct_list` keeps for a group; more are left out. */
export const distinctListMax = 10_000;
/** Groups that a chart keeps. Source: vendor documentation, internal cap of chart. */
export const groupsMax = 500_000;
