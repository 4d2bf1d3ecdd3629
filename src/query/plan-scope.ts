import type { Aggregate, Field, Operand } from './ast.ts';
import { DiagnosticList } from './diagnostics.ts';
import { editDistance, nearest } from './nearest.ts';
import { OPERAND_FUNCTIONS } from './parse-term.ts';
import type { Column, ColumnRef, ComputedRef, FieldRef, PlanContext, Ref, ShownColumn, SlotRef } from './plan.ts';
import { planFunction } from './plan-function.ts';
import { LabelPlans } from './plan-label.ts';
import { printAggregate, printOperandName } from './print-query.ts';

/** What names mean at one place of the pipeline. */
export interface Scope {
  /** Null after a mistake, which is reported. */
  resolve(planner: Planner, name: Operand | Aggregate): Ref | null;
  /** Where free text is looked for; null when the rows have no message. */
  freeText(): Ref | null;
}

/** Shorter names are too near to each other to be told apart. */
const SLIP_LENGTH_MIN = 4;

/** State of planning one query: the scope moves on with each command. */
export class Planner {
  readonly diagnostics = new DiagnosticList();
  readonly context: PlanContext;
  readonly labels: LabelPlans;
  scope: EventScope | RowScope;
  /** How many values the steps so far give an event. */
  slots = 0;
  /** The query asks for the time, which a stream does not have. */
  dependsOnTime = false;

  readonly #warned = new Set<string>();

  /** `labels` when this plans the search of a label for another planner. */
  constructor(context: PlanContext, labels = new LabelPlans()) {
    this.context = context;
    this.labels = labels;
    this.scope = new EventScope();
  }

  /** A warning, once for each name, about a field that no event is known to have but that reads nearly like one. */
  warnOfSlip({ name, span }: Field): void {
    const { knownFields, fieldAliases } = this.context;
    if (knownFields === undefined || name.length < SLIP_LENGTH_MIN || this.#warned.has(name)) return;
    if (name.startsWith('_') || knownFields.includes(name) || fieldAliases(name).some((alias) => alias !== name))
      return;
    this.#warned.add(name);
    const near = nearest(name, knownFields);
    // A third of the letters is too much for a name that may well be one's own.
    if (near === null || editDistance(name.toLowerCase(), near) > (name.length < 8 ? 1 : 2)) return;
    this.diagnostics.warn(span, `the field "${name}" is unknown here, and near to "${near}"`, `write \`${near}\`?`);
  }
}

/** What a name among events can mean. */
export type EventRef = FieldRef | ComputedRef | SlotRef;

/** What the rows of a stream have at its end: events, or the columns of a chart. */
type StreamScope = EventScope | RowScope;

/** Rows are events: every name is a field that some event may have. */
export class EventScope implements Scope {
  readonly kind = 'events';
  /** Name → field that was renamed to it or computed, and old name → new name. */
  readonly #renamed: ReadonlyMap<string, EventRef>;
  readonly #gone: ReadonlyMap<string, string>;
  /** Names in order of first use. */
  readonly used = new Set<string>();

  /** The streams whose events a row holds; null when a row is one event. */
  readonly #streams: ReadonlyMap<string, StreamScope> | null;

  constructor(
    renamed: ReadonlyMap<string, EventRef> = new Map(),
    gone: ReadonlyMap<string, string> = new Map(),
    streams: ReadonlyMap<string, StreamScope> | null = null,
  ) {
    this.#renamed = renamed;
    this.#gone = gone;
    this.#streams = streams;
  }

  /** Rows are joined of these streams: fields are called `s1.user`. */
  static ofStreams(streams: ReadonlyMap<string, StreamScope>): EventScope {
    return new EventScope(new Map(), new Map(), streams);
  }

  /** What rows show beside, and no more of, an event's own fields. */
  overlay(): { readonly columns: readonly ShownColumn[]; readonly gone: readonly string[] } {
    return { columns: [...this.#renamed].map(([name, ref]) => ({ name, ref })), gone: [...this.#gone.keys()] };
  }

  resolve(planner: Planner, name: Operand | Aggregate): EventRef | null {
    if (name.kind === 'field') return this.#resolveField(planner, name);
    const text = describeOperand(name);
    if (name.kind === 'call' && OPERAND_FUNCTIONS.has(name.name)) return planFunction(planner, this, name);
    planner.diagnostics.error(name.span, `expected a field, saw \`${text}\``, `write \`| chart ${text}\` first`);
    return null;
  }

  #resolveField(planner: Planner, field: Field): EventRef | null {
    const { name } = field;
    this.used.add(name);
    const renamed = this.#renamed.get(name);
    if (renamed !== undefined) return renamed;
    const now = this.#gone.get(name);
    if (now === undefined) {
      if (this.#streams !== null && name !== 'log_ts') return this.#resolveInStream(planner, field, this.#streams);
      planner.warnOfSlip(field);
      return fieldRef(planner.context, name);
    }
    planner.diagnostics.error(
      field.span,
      `expected a field, saw "${name}", which is renamed to "${now}"`,
      `write \`${now}\``,
    );
    return null;
  }

  #resolveInStream(planner: Planner, field: Field, streams: ReadonlyMap<string, StreamScope>): FieldRef | null {
    const { name, span } = field;
    const dot = name.indexOf('.');
    const stream = dot < 0 ? undefined : streams.get(name.slice(0, dot));
    if (stream === undefined) {
      const names = [...streams.keys()];
      const message = `expected a field of one of the streams ${names.join(', ')}, saw "${name}"`;
      planner.diagnostics.error(span, message, `write \`${names[0]}.${name.slice(dot + 1)}\``);
      return null;
    }
    const own = name.slice(dot + 1);
    const prefixed = (inner: string): string => `${name.slice(0, dot)}.${inner}`;
    const asNamed: FieldRef = { kind: 'field', names: [name], isSet: false };
    if (stream.kind === 'rows') return stream.resolve(planner, { ...field, name: own }) === null ? null : asNamed;
    if (stream.#renamed.has(own)) return asNamed;
    planner.warnOfSlip({ ...field, name: own });
    const { names, isSet } = fieldRef(planner.context, own);
    const [first, ...others] = names;
    return { kind: 'field', names: [prefixed(first), ...others.map(prefixed)], isSet };
  }

  freeText(): FieldRef | null {
    if (this.#streams !== null) return null;
    this.used.add('msg');
    return { kind: 'field', names: ['msg'], isSet: false };
  }

  /** What a name means that a command is about to compute, without counting as a use of it. */
  before(planner: Planner, name: string): EventRef {
    return this.#renamed.get(name) ?? fieldRef(planner.context, name);
  }

  /** The scope after a command computed fields. */
  with(columns: readonly ShownColumn[]): EventScope {
    const renamed = new Map(this.#renamed);
    const gone = new Map(this.#gone);
    for (const { name, ref } of columns) {
      if (ref.kind === 'column') continue;
      renamed.set(name, ref);
      gone.delete(name);
    }
    return new EventScope(renamed, gone, this.#streams);
  }

  /** The scope after a rename. Two sources of one name: the first that an event has counts. */
  renamed(pairs: readonly { readonly from: string; readonly ref: EventRef; readonly to: string }[]): EventScope {
    const renamed = new Map(this.#renamed);
    const gone = new Map(this.#gone);
    const fresh = new Map<string, EventRef>();
    for (const { from, ref, to } of pairs) {
      const first = fresh.get(to);
      fresh.set(to, first === undefined ? ref : firstOf(first, ref));
      renamed.delete(from);
      gone.set(from, to);
    }
    for (const [to, ref] of fresh) {
      renamed.set(to, ref);
      gone.delete(to);
    }
    return new EventScope(renamed, gone, this.#streams);
  }
}

function firstOf(first: EventRef, second: EventRef): EventRef {
  if (first.kind === 'field' && second.kind === 'field') {
    const [name, ...others] = first.names;
    return { kind: 'field', names: [name, ...others, ...second.names], isSet: first.isSet };
  }
  const arms = [{ condition: { kind: 'exists', ref: first }, value: { kind: 'value', ref: first } }] as const;
  return { kind: 'computed', value: { kind: 'choice', arms, otherwise: { kind: 'value', ref: second } } };
}

/** A field of the store by its own name, then by the names under which the taxonomy may keep it. */
export function fieldRef(context: PlanContext, name: string): FieldRef {
  const own = name === '_labels' ? 'label' : name;
  const others = context.fieldAliases(own).filter((alias) => alias !== own);
  return { kind: 'field', names: [own, ...new Set(others)], isSet: own === 'label' };
}

/** Rows are a chart's groups: names are its columns and nothing else. */
export class RowScope implements Scope {
  readonly kind = 'rows';
  readonly columns: readonly Column[];
  /** Other names of columns: an aggregate's text when it has an alias. */
  readonly #texts: ReadonlyMap<string, number>;

  constructor(columns: readonly Column[], texts: ReadonlyMap<string, number> = new Map()) {
    this.columns = columns;
    this.#texts = texts;
  }

  resolve(planner: Planner, name: Operand | Aggregate): ColumnRef | ComputedRef | null {
    const text = describeOperand(name);
    const known = this.before(text);
    if (known !== null) return known;
    if (name.kind === 'call' && OPERAND_FUNCTIONS.has(name.name)) {
      const [first] = name.args;
      if (first?.kind === 'field' && this.before(first.name) !== null) return planFunction(planner, this, name);
    }
    const names = this.columns.map((known) => known.name);
    const near = nearest(text, names);
    const help = near === null ? `columns are ${names.map((one) => `\`${one}\``).join(', ')}` : `write \`${near}\``;
    planner.diagnostics.error(name.span, `expected a column of the chart, saw "${text}"`, help);
    return null;
  }

  /** The column of that name, null when there is none. Of two with one name the later counts. */
  before(text: string): ColumnRef | null {
    const own = this.columns.findLastIndex((column) => column.name === text);
    const index = own >= 0 ? own : (this.#texts.get(text) ?? -1);
    const column = this.columns[index];
    return column === undefined ? null : { kind: 'column', index, type: column.type };
  }

  /** The scope after a command gave each row further columns. */
  with(names: readonly string[]): RowScope {
    return new RowScope([...this.columns, ...names.map((name): Column => ({ name, type: 'optional' }))], this.#texts);
  }

  freeText(): null {
    return null;
  }

  renamed(pairs: readonly { readonly index: number; readonly to: string }[]): RowScope {
    const columns = [...this.columns];
    for (const { index, to } of pairs) {
      const column = columns[index];
      if (column !== undefined) columns[index] = { ...column, name: to };
    }
    return new RowScope(columns, this.#texts);
  }
}

/** How a field, function or aggregate is called in messages and as a column. */
export function describeOperand(name: Operand | Aggregate): string {
  if (name.kind === 'aggregate') return printAggregate({ ...name, alias: null });
  return printOperandName(name);
}
