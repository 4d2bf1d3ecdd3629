import { numericValue } from '../events/event.ts';
import type { Value } from './ast.ts';
import type { EvalBinary, EvalCall, EvalCommand, EvalExpr, PatternCommand, RegexCommand } from './ast-eval.ts';
import { fold } from './fold.ts';
import { allOf, anyOf, negate } from './join-conditions.ts';
import { normRegex, rexRegex } from './norm-pattern.ts';
import type { Condition, Ref, TextPlan } from './plan.ts';
import type { EventScope, Planner, RowScope } from './plan-scope.ts';
import { compileRegex, regexPatternCharsMax } from './regex.ts';
import { zoneMinutes } from './time-text.ts';

const EMPTY = { exact: [], numbers: [], patterns: [] } as const;

/** Events, or the rows of a chart. */
type AnyScope = EventScope | RowScope;

/** What a command that computes fields amounts to. */
export type Computed = { readonly columns: readonly ComputedColumn[]; readonly filter: Condition };
export type ComputedColumn = { readonly name: string; readonly value: TextPlan };

const ALWAYS: Condition = { kind: 'always' };

/** `process regex`: each named group is a field where the pattern is found; elsewhere the field is what it was. */
export function planRegex(planner: Planner, scope: AnyScope, command: RegexCommand | PatternCommand): Computed | null {
  const ref = command.field === null ? messageOf(planner, scope, command) : scope.resolve(planner, command.field);
  const regex = regexOf(command);
  const names = regexNames(planner, command.pattern, regex);
  if (ref === null || names === null) return null;
  const found: Condition = { kind: 'finds', ref, regex };
  return { columns: captures(planner, scope, ref, regex, names), filter: isFilter(command) ? found : ALWAYS };
}

/** A field for each group of a pattern, where it is found; elsewhere the field is what it was. */
export function captures(
  planner: Planner,
  scope: AnyScope,
  ref: Ref,
  regex: string,
  groups: ReadonlyMap<string, number>,
): ComputedColumn[] {
  const found: Condition = { kind: 'finds', ref, regex };
  return [...groups].map(([name, group]): ComputedColumn => {
    const before = scope.kind === 'events' ? scope.before(planner, name) : scope.before(name);
    const value: TextPlan = {
      kind: 'choice',
      arms: [{ condition: found, value: { kind: 'captured', ref, regex, group } }],
      otherwise: before === null ? null : { kind: 'value', ref: before },
    };
    return { name, value };
  });
}

function messageOf(planner: Planner, scope: AnyScope, command: PatternCommand | RegexCommand): Ref | null {
  if (scope.kind === 'events') return scope.before(planner, 'msg');
  const message = `\`${command.kind}\` looks at \`msg\`, which a chart's rows do not have`;
  planner.diagnostics.error(command.span, message, `name the column: \`${command.kind} on column …\``);
  return null;
}

const isFilter = (command: RegexCommand | PatternCommand): boolean =>
  command.kind === 'regex' && command.mode?.text.toLowerCase() === 'filter=true';

function regexOf(command: RegexCommand | PatternCommand): string {
  const { text } = command.pattern;
  // A longer one is refused by `compileRegex`, unread.
  if (command.kind === 'regex' || text.length > regexPatternCharsMax) return text;
  return command.kind === 'norm' ? normRegex(text) : rexRegex(text);
}

function regexNames(planner: Planner, pattern: Value, regex: string): ReadonlyMap<string, number> | null {
  try {
    const { names } = compileRegex(regex);
    if (names.size > 0) return names;
    planner.diagnostics.error(
      pattern.span,
      'expected a named group in the pattern, saw none',
      'write `(?P<name>…)`, in `norm` `<name:word>`, for what is to be a field',
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    planner.diagnostics.error(
      pattern.span,
      `expected a pattern in RE2 syntax: ${why}`,
      'RE2 has no look-around and no back-references',
    );
  }
  return null;
}

/** `process eval`. */
export function planEval(planner: Planner, scope: AnyScope, command: EvalCommand): Computed | null {
  const value = planText(planner, scope, command.expression);
  return value === null ? null : { columns: [{ name: command.target.name, value }], filter: ALWAYS };
}

function planText(planner: Planner, scope: AnyScope, expr: EvalExpr): TextPlan | null {
  switch (expr.kind) {
    case 'eval-text':
    case 'eval-number':
      return { kind: 'text', text: expr.text };
    case 'eval-field': {
      const ref = scope.resolve(planner, expr.field);
      return ref === null ? null : { kind: 'value', ref };
    }
    case 'eval-case': {
      const arms = [];
      for (const arm of expr.arms) {
        const condition = planTruth(planner, scope, arm.condition);
        const value = planText(planner, scope, arm.value);
        if (condition === null || value === null) return null;
        arms.push({ condition, value });
      }
      const otherwise = expr.otherwise === null ? null : planText(planner, scope, expr.otherwise);
      return expr.otherwise !== null && otherwise === null ? null : { kind: 'choice', arms, otherwise };
    }
    default: {
      if (expr.kind === 'eval-call' && expr.name === 'strftime') return planStrftime(planner, scope, expr);
      const condition = planTruth(planner, scope, expr);
      if (condition === null) return null;
      const arms = [{ condition, value: { kind: 'text', text: 'true' } as const }];
      return { kind: 'choice', arms, otherwise: { kind: 'text', text: 'false' } };
    }
  }
}

/** `strftime(field, 'dd/MM/YYYY hh:mm:ss', 'GMT+2:00')`: a time in seconds as text; the zone may be left out. */
function planStrftime(planner: Planner, scope: AnyScope, call: EvalCall): TextPlan | null {
  const [field, format, zone] = call.args;
  const ref = fieldArgument(planner, scope, call, field);
  const pattern = textArgument(planner, call, format);
  const name = zone === undefined ? 'GMT' : textArgument(planner, call, zone);
  if (ref === null || pattern === null || name === null) return null;
  const minutes = zoneMinutes(name);
  if (minutes !== null) {
    return { kind: 'processed', processor: 'strftime', refs: [ref], options: [pattern, String(minutes)], output: 0 };
  }
  const where = zone?.span ?? call.span;
  planner.diagnostics.error(where, `expected a zone such as 'GMT+2:00' or 'UTC', saw '${name.slice(0, 40)}'`);
  return null;
}

/** An expression as a condition. */
function planTruth(planner: Planner, scope: AnyScope, expr: EvalExpr): Condition | null {
  switch (expr.kind) {
    case 'eval-not': {
      const operand = planTruth(planner, scope, expr.operand);
      return operand === null ? null : negate(operand);
    }
    case 'eval-binary':
      return planBinary(planner, scope, expr);
    case 'eval-call':
      return planCall(planner, scope, expr);
    default:
      planner.diagnostics.error(
        expr.span,
        'expected a condition in `process eval`',
        "write isnotnull(f), issubstr('s', f), match(f, 're') or a comparison",
      );
      return null;
  }
}

function planBinary(planner: Planner, scope: AnyScope, expr: EvalBinary): Condition | null {
  if (expr.op === '||' || expr.op === '&&') {
    const left = planTruth(planner, scope, expr.left);
    const right = planTruth(planner, scope, expr.right);
    if (left === null || right === null) return null;
    return expr.op === '&&' ? allOf([left, right]) : anyOf([left, right]);
  }
  const isConstant = expr.right.kind === 'eval-text' || expr.right.kind === 'eval-number';
  if (expr.left.kind !== 'eval-field' || !isConstant) {
    planner.diagnostics.error(expr.span, `expected \`field ${expr.op} constant\` in \`process eval\``);
    return null;
  }
  const ref = scope.resolve(planner, expr.left.field);
  if (ref === null) return null;
  const { text } = expr.right;
  const number = numericValue(text);
  if (expr.op === '==' || expr.op === '!=') {
    const numbers = number === undefined ? [] : [number];
    const equal: Condition = { kind: 'matches', ref, values: { ...EMPTY, exact: [fold(text)], numbers } };
    return expr.op === '==' ? equal : negate(equal);
  }
  if (number !== undefined) return { kind: 'compares', ref, op: expr.op, number };
  planner.diagnostics.error(expr.right.span, `expected a number after \`${expr.op}\`, saw "${text}"`);
  return null;
}

function planCall(planner: Planner, scope: AnyScope, call: EvalCall): Condition | null {
  const [first, second] = call.args;
  switch (call.name) {
    case 'isnotnull':
    case 'isnull': {
      const ref = fieldArgument(planner, scope, call, first);
      if (ref === null) return null;
      return call.name === 'isnotnull' ? { kind: 'exists', ref } : negate({ kind: 'exists', ref });
    }
    case 'issubstr': {
      const ref = fieldArgument(planner, scope, call, second);
      const text = textArgument(planner, call, first);
      if (ref === null || text === null) return null;
      if (text === '') return { kind: 'exists', ref };
      return { kind: 'matches', ref, values: { ...EMPTY, patterns: [{ kind: 'contains', text: fold(text) }] } };
    }
    case 'match': {
      const ref = fieldArgument(planner, scope, call, first);
      const regex = textArgument(planner, call, second);
      return ref === null || regex === null ? null : planMatch(planner, call, ref, regex);
    }
    default:
      planner.diagnostics.error(
        call.span,
        `\`${call.name}(…)\` is not evaluated yet in \`process eval\``,
        'known are case, isnotnull, isnull, issubstr, match, strftime',
      );
      return null;
  }
}

function planMatch(planner: Planner, call: EvalCall, ref: Ref, regex: string): Condition | null {
  try {
    compileRegex(regex);
    return { kind: 'finds', ref, regex };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    planner.diagnostics.error(
      call.span,
      `expected a pattern in RE2 syntax: ${why}`,
      'RE2 has no look-around and no back-references',
    );
    return null;
  }
}

function fieldArgument(planner: Planner, scope: AnyScope, call: EvalCall, argument: EvalExpr | undefined): Ref | null {
  if (argument?.kind === 'eval-field') return scope.resolve(planner, argument.field);
  planner.diagnostics.error(argument?.span ?? call.span, `expected a field inside \`${call.name}(…)\``);
  return null;
}

function textArgument(planner: Planner, call: EvalCall, argument: EvalExpr | undefined): string | null {
  if (argument?.kind === 'eval-text') return argument.text;
  planner.diagnostics.error(argument?.span ?? call.span, `expected text in '…' inside \`${call.name}(…)\``);
  return null;
}
