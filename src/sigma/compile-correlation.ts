import {
  CHAIN_DEPTH_MAX,
  CHAIN_SEARCHES_MAX,
  type Correlation,
  type InnerCorrelation,
  PARTS_MAX,
  type PartsExpression,
} from '../correlation/correlation.ts';
import type { FieldNames, MatchFields } from '../correlation/match-fields.ts';
import { fieldAliases } from '../events/taxonomy.ts';
import { routeLogSource } from './log-source.ts';
import type { CorrelationExpression, LogSource, SigmaCorrelation } from './sigma-rule.ts';

/** What a correlation must know of a rule about single events that it names. */
export type CorrelatedRule = {
  readonly kind: 'rule';
  readonly id: string;
  readonly name: string | null;
  readonly logSource: LogSource;
};

/** One of the rules whose matches count, where they count, and what is read of its events. */
export type CorrelationPart<R> = {
  readonly rule: R;
  /** 0 is the correlation itself, `n` the place of an inner one plus one. */
  readonly node: number;
  readonly part: number;
  readonly fields: MatchFields;
  /** What the correlations that the node feeds read of the event, the nearest first. */
  readonly up: readonly MatchFields[];
};

export type CompiledCorrelation<R> =
  | {
      readonly correlation: Correlation;
      readonly inner: readonly InnerCorrelation[];
      readonly parts: readonly CorrelationPart<R>[];
    }
  | { readonly refused: string };

/** `namedBy` finds a rule or a correlation by id or name; undefined for all that is neither. */
export function compileCorrelation<R extends CorrelatedRule>(
  sigma: SigmaCorrelation,
  namedBy: (name: string) => R | SigmaCorrelation | undefined,
): CompiledCorrelation<R> {
  const compiler = new ChainCompiler(namedBy);
  try {
    compiler.compile(sigma, { node: 0, path: [], up: [] });
    return { correlation: plainOf(sigma), inner: compiler.inner, parts: compiler.parts };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { refused: error.message };
  }
}

/** Ends the compilation; what it says goes into the report. */
class Refusal extends Error {}

/** For each field of a correlation's group and each that it counts, the place in the group of the one that feeds it. */
type Places = { readonly keys: readonly number[]; readonly values: readonly number[] };

type Position = {
  readonly node: number;
  /** The correlations above, the outermost first. */
  readonly path: readonly SigmaCorrelation[];
  readonly up: readonly Places[];
};

class ChainCompiler<R extends CorrelatedRule> {
  readonly inner: InnerCorrelation[] = [];
  readonly parts: CorrelationPart<R>[] = [];
  readonly #namedBy: (name: string) => R | SigmaCorrelation | undefined;

  constructor(namedBy: (name: string) => R | SigmaCorrelation | undefined) {
    this.#namedBy = namedBy;
  }

  compile(sigma: SigmaCorrelation, position: Position): void {
    const { type, rules, conditions, expression } = sigma;
    if (rules.length > PARTS_MAX) throw new Refusal(`it names ${rules.length} rules: expected at most ${PARTS_MAX}`);
    if (type === 'temporal_ordered' && (conditions.length > 0 || expression !== null)) {
      throw new Refusal('temporal_ordered takes no condition: its rules are all expected, in their order');
    }
    for (const [part, name] of rules.entries()) {
      const named = this.#namedBy(name);
      if (named === undefined) throw new Refusal(`${shown(name)} is no rule and no correlation that can run`);
      if (named.kind === 'rule') this.#addRule(sigma, position, part, name, named);
      else this.#addInner(sigma, position, part, name, named);
    }
  }

  #addRule(sigma: SigmaCorrelation, { node, up }: Position, part: number, name: string, rule: R): void {
    if (this.parts.length >= CHAIN_SEARCHES_MAX) {
      throw new Refusal(`it comes to more than ${CHAIN_SEARCHES_MAX} rules with those of the correlations it names`);
    }
    const routed = routeLogSource(rule.logSource);
    const shapes = 'unknown' in routed ? [] : routed.scopes.flatMap((scope) => scope.shapes);
    const stored = (field: string): FieldNames => [
      ...new Set([...shapes.flatMap((shape) => shape.names(field)), field, ...fieldAliases(field)]),
    ];
    const keys = groupFields(sigma, name, rule).map(stored);
    const ofPlaces = (places: readonly number[]) => places.map((place) => keys[place] ?? []);
    this.parts.push({
      rule,
      node,
      part,
      fields: { keys, values: sigma.fields.map(stored), isFolded: true },
      up: up.map((places) => ({ keys: ofPlaces(places.keys), values: ofPlaces(places.values), isFolded: true })),
    });
  }

  #addInner(
    sigma: SigmaCorrelation,
    { node, path, up }: Position,
    part: number,
    name: string,
    named: SigmaCorrelation,
  ): void {
    const above = [...path, sigma];
    const from = above.findIndex(({ metadata }) => metadata.id === named.metadata.id);
    if (from !== -1) {
      const round = [...above.slice(from), named].map(titleOf).join(' → ');
      throw new Refusal(`correlations name each other in a circle: ${round}`);
    }
    if (above.length >= CHAIN_DEPTH_MAX) {
      const chain = [...above, named].map(titleOf).join(' → ');
      throw new Refusal(`expected a chain of at most ${CHAIN_DEPTH_MAX} correlations, saw ${chain}`);
    }
    const placeOf = (field: string): number => {
      const place = named.groupBy.indexOf(field);
      if (place !== -1) return place;
      const groups = named.groupBy.length === 0 ? 'no field' : named.groupBy.join(', ');
      throw new Refusal(`${shown(name)} groups by ${groups}: its hits have no ${shown(field)}`);
    };
    const { id, name: short } = named.metadata;
    const own: Places = {
      keys: groupFields(sigma, name, { id, name: short }).map(placeOf),
      values: sigma.fields.map(placeOf),
    };
    const throughOwn = (places: readonly number[]) => places.map((place) => own.keys[place] ?? 0);
    const further = up.map((places) => ({ keys: throughOwn(places.keys), values: throughOwn(places.values) }));
    // Its place is taken before those of the correlations that it names: what feeds another has the higher number.
    this.inner.push({ correlation: plainOf(named), feeds: node, part });
    this.compile(named, { node: this.inner.length, path: above, up: [own, ...further] });
  }
}

const plainOf = ({ type, rules, timespanMs, conditions, percentile, expression }: SigmaCorrelation): Correlation => ({
  kind: type,
  parts: rules.length,
  spanMs: timespanMs,
  window: 'seconds',
  thresholds: conditions,
  percentile,
  expression: expression === null ? null : expressionOf(expression, rules),
});

const shown = (name: string): string => JSON.stringify(name);
const titleOf = ({ metadata: { id, name } }: SigmaCorrelation): string => name ?? id;

/** The fields of the group, as the named rule calls them. */
function groupFields(
  { groupBy, aliases }: SigmaCorrelation,
  name: string,
  rule: { readonly id: string; readonly name: string | null },
): string[] {
  return groupBy.map((group) => {
    const alias = aliases.get(group);
    if (alias === undefined) return group;
    const field = [name, rule.id, rule.name ?? ''].map((key) => alias.get(key)).find(Boolean);
    if (field === undefined) throw new Refusal(`the alias ${shown(group)} names no field of ${shown(name)}`);
    return field;
  });
}

function expressionOf(expression: CorrelationExpression, rules: readonly string[]): PartsExpression {
  if (expression.kind === 'rule') return { kind: 'part', part: rules.indexOf(expression.rule) };
  if (expression.kind === 'not') return { kind: 'not', operand: expressionOf(expression.operand, rules) };
  return { kind: expression.kind, operands: expression.operands.map((operand) => expressionOf(operand, rules)) };
}
