import type { Expr } from './ast.ts';
import type { Span } from './diagnostics.ts';
import { fold } from './fold.ts';
import { anyOf } from './join-conditions.ts';
import type { Condition, LabelRule, Ref } from './plan.ts';
import { planCondition } from './plan-condition.ts';
import { Planner } from './plan-scope.ts';
import { textSetTest } from './text-test.ts';

/** Labels that build on each other, and conditions that one of them amounts to when all are written out. */
export const labelDepthMax = 50;
export const labelPartsMax = 20_000;

type Search = LabelRule['search'];
type Planned = { readonly condition: Condition; readonly parts: number };

/** What the labels' searches mean, each planned at most once for a query. */
export class LabelPlans {
  readonly #planned = new Map<Search, Planned>();
  /** Being planned now, outermost first: one that is met again is part of its own meaning. */
  readonly #open: { readonly search: Search; readonly label: string; parts: number }[] = [];
  #mistake: string | null = null;

  /** `label=X` with the searches of every label that it asks for; a mistake is reported at `span`. */
  extend(planner: Planner, stored: Condition, ref: Ref, span: Span): Condition {
    const wanted = wantedBy(stored, ref);
    if (wanted === null) return stored;
    const searches = new Map<Search, string>();
    for (const { label, search } of planner.context.labelRules) if (wanted(fold(label))) searches.set(search, label);
    const found: Condition[] = [stored];
    let parts = this.#open.at(-1)?.parts ?? 0;
    for (const [search, label] of searches) {
      const planned = this.#planned.get(search) ?? this.#plan(planner, search, label);
      parts += planned?.parts ?? 0;
      if (parts > labelPartsMax)
        this.#mistake ??= `expected labels of at most ${labelPartsMax} conditions, saw more in "${label}"`;
      if (planned === null || this.#mistake !== null) {
        planner.diagnostics.error(span, this.#mistake ?? `the definition of label "${label}" is wrong`);
        return stored;
      }
      found.push(planned.condition);
    }
    const outer = this.#open.at(-1);
    if (outer !== undefined) outer.parts = parts;
    return anyOf(found);
  }

  #plan(planner: Planner, search: Search, label: string): Planned | null {
    const fail = (message: string): null => {
      this.#mistake ??= message;
      return null;
    };
    const at = this.#open.findIndex((open) => open.search === search);
    if (at >= 0) {
      const circle = [...this.#open.slice(at).map((open) => open.label), label].join(' → ');
      return fail(`the definitions of labels go round in a circle: ${circle}`);
    }
    if (this.#open.length >= labelDepthMax) {
      return fail(`expected labels that build on at most ${labelDepthMax} others, saw more in "${label}"`);
    }
    if ('mistake' in search) return fail(`the definition of label "${label}" is wrong: ${search.mistake}`);
    const inner = new Planner(planner.context, this);
    this.#open.push({ search, label, parts: partsOf(search.condition) });
    const condition = planCondition(inner, search.condition);
    const parts = this.#open.pop()?.parts ?? 0;
    const [mistake] = inner.diagnostics.items;
    if (mistake !== undefined) return fail(`the definition of label "${label}" is wrong: ${mistake.message}`);
    const planned = { condition, parts };
    this.#planned.set(search, planned);
    return planned;
  }
}

/** Nodes of an expression; the parser has bounded how deep it is. */
function partsOf(expr: Expr): number {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.operands.reduce((sum, operand) => sum + partsOf(operand), 1);
    case 'not':
      return 1 + partsOf(expr.operand);
    default:
      return 1;
  }
}

/** Which labels a condition over the stored ones asks for; null when it is not about labels. */
function wantedBy(stored: Condition, ref: Ref): ((label: string) => boolean) | null {
  if (ref.kind !== 'field' || !ref.isSet || ref.names[0] !== 'label') return null;
  if (stored.kind === 'exists') return () => true;
  return stored.kind === 'matches' ? textSetTest(stored.values) : null;
}
