import type { Condition, FieldRef } from '../../query/plan.ts';

/**
 * Fields that say which kind of event this is. They have few values, nearly every rule names one, and what a rule says
 * of them is decided once for each kind of event.
 */
export const ROUTING_FIELDS: ReadonlySet<string> = new Set([
  'event_id',
  'norm_id',
  'label',
  'channel',
  'event_source',
  'event_type',
  'is_initiated',
  'col_type',
  'repo_name',
  'program',
  'type',
]);

/** The reference when a leaf speaks of such a field alone. */
export function routingRef(leaf: Condition): FieldRef | null {
  if (leaf.kind !== 'matches' && leaf.kind !== 'exists' && leaf.kind !== 'compares' && leaf.kind !== 'finds')
    return null;
  const { ref } = leaf;
  return ref.kind === 'field' && ref.names.some((name) => ROUTING_FIELDS.has(name)) ? ref : null;
}

/** A condition in two parts, which together say the same. */
export type RoutedCondition = {
  /** Speaks of routing fields only; where it does not hold, the condition does not. */
  readonly route: Condition;
  /** What is left to test where the route holds. */
  readonly rest: Condition;
};

export function routeCondition(condition: Condition): RoutedCondition {
  const operands = condition.kind === 'and' ? condition.operands : [condition];
  const rest = operands.filter((operand) => !isRouting(operand));
  return { route: projection(condition) ?? ALWAYS, rest: joined('and', rest) };
}

const ALWAYS: Condition = { kind: 'always' };
const NEVER: Condition = { kind: 'never' };

/** Nothing but routing fields decides it. */
function isRouting(condition: Condition): boolean {
  switch (condition.kind) {
    case 'always':
    case 'never':
      return true;
    case 'and':
    case 'or':
      return condition.operands.every(isRouting);
    case 'not':
      return isRouting(condition.operand);
    default:
      return routingRef(condition) !== null;
  }
}

/** What a condition demands of routing fields; null for nothing. Weaker than the condition, never stronger. */
function projection(condition: Condition): Condition | null {
  if (isRouting(condition)) return condition;
  if (condition.kind === 'and') {
    const parts = condition.operands.map(projection).filter((part) => part !== null);
    return parts.length === 0 ? null : joined('and', parts);
  }
  if (condition.kind === 'or') {
    const parts: Condition[] = [];
    for (const operand of condition.operands) {
      const part = projection(operand);
      if (part === null) return null;
      parts.push(part);
    }
    return joined('or', parts);
  }
  // A negation of what other fields decide too may hold whatever the routing fields are.
  return null;
}

function joined(kind: 'and' | 'or', operands: readonly Condition[]): Condition {
  const [only] = operands;
  if (only === undefined) return kind === 'and' ? ALWAYS : NEVER;
  return operands.length === 1 ? only : { kind, operands };
}

/** The leaves of a condition over routing fields, in order. */
export function routingLeaves(condition: Condition): Condition[] {
  switch (condition.kind) {
    case 'always':
    case 'never':
      return [];
    case 'and':
    case 'or':
      return condition.operands.flatMap(routingLeaves);
    case 'not':
      return routingLeaves(condition.operand);
    default:
      return [condition];
  }
}
