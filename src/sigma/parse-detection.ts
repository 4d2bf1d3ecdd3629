import { COMBINATIONS_MAX, LEAVES_MAX } from './limits.ts';
import { applyModifiers, type ItemValue, type Placeholders } from './modifiers.ts';
import { ConditionError, type ConditionExpr, parseCondition } from './parse-condition.ts';
import { type Place, type ProblemList, shown } from './problem.ts';
import { textOf, type YamlMap, type YamlNode } from './read-yaml.ts';
import type { Detection, FieldTest, KeywordTest } from './sigma-rule.ts';

/**
 * The condition of a rule or filter with every selection put in its place. Null after a mistake, which is reported.
 */
export function parseDetection(
  map: YamlMap,
  placeholders: Placeholders,
  problems: ProblemList,
  ignored: ReadonlySet<string> = new Set(),
): Detection | null {
  const selections = new Map<string, Detection>();
  for (const [name, { value }] of map.entries) {
    if (name === 'condition' || name === 'timeframe' || ignored.has(name)) continue;
    const selection = new SelectionReader(placeholders, problems).read(value);
    if (selection !== null) selections.set(name, selection);
  }
  if (map.entries.has('timeframe')) {
    problems.error(
      map.entries.get('timeframe')?.place ?? null,
      'timeframe is gone from Sigma: expected a correlation rule',
    );
  }
  const condition = map.entries.get('condition');
  if (condition === undefined) {
    problems.error(map.place, 'expected a condition in the detection');
    return null;
  }
  if (problems.hasErrors) return null;
  return readConditions(condition.value, selections, problems);
}

/** One condition, or a list of them of which any may hold. */
function readConditions(
  node: YamlNode,
  selections: ReadonlyMap<string, Detection>,
  problems: ProblemList,
): Detection | null {
  const texts = (node.kind === 'list' ? node.items : [node]).map((item) => ({ text: textOf(item), place: item.place }));
  const parts: Detection[] = [];
  for (const { text, place } of texts) {
    if (text === null) {
      problems.error(place, 'expected a condition as text');
      continue;
    }
    try {
      parts.push(resolve(parseCondition(text), selections));
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      problems.error(place, error.message);
    }
  }
  if (parts.length === 0 && !problems.hasErrors) problems.error(node.place, 'expected a condition, saw an empty list');
  if (problems.hasErrors) return null;
  const whole = joined('or', parts);
  if (countLeaves(whole) <= LEAVES_MAX) return whole;
  problems.error(node.place, `the rule has more than ${LEAVES_MAX} tests`);
  return null;
}

function resolve(expr: ConditionExpr, selections: ReadonlyMap<string, Detection>): Detection {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return joined(
        expr.kind,
        expr.operands.map((operand) => resolve(operand, selections)),
      );
    case 'not':
      return { kind: 'not', operand: resolve(expr.operand, selections) };
    case 'selection': {
      const selection = selections.get(expr.name);
      if (selection !== undefined) return selection;
      throw new ConditionError(`expected one of ${listed(selections)}, saw ${shown(expr.name)}`);
    }
    case 'quantified': {
      const chosen = chosenSelections(expr.pattern, selections);
      if (chosen.length > 0) return quantified(expr.count, chosen);
      throw new ConditionError(
        `no selection is named ${shown(expr.pattern ?? 'them')}; there are ${listed(selections)}`,
      );
    }
  }
}

const listed = (selections: ReadonlyMap<string, Detection>): string =>
  [...selections.keys()].slice(0, 10).map(shown).join(', ') || 'no selections';

/** `them` and patterns leave out selections whose name starts with `_`, unless the pattern does too. */
function chosenSelections(pattern: string | null, selections: ReadonlyMap<string, Detection>): readonly Detection[] {
  const pieces = (pattern ?? '*').split('*');
  const isWithHidden = pattern?.startsWith('_') === true;
  return [...selections]
    .filter(([name]) => (isWithHidden || !name.startsWith('_')) && fits(name, pieces))
    .map(([, selection]) => selection);
}

/** Whether the pieces stand in the name in order, the first at its start, the last at its end. */
function fits(name: string, pieces: readonly string[]): boolean {
  const [head = '', ...rest] = pieces;
  const tail = rest.pop();
  if (tail === undefined) return name === head;
  if (!name.startsWith(head) || name.length < head.length + tail.length || !name.endsWith(tail)) return false;
  let from = head.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, from);
    if (found < 0) return false;
    from = found + piece.length;
  }
  return from <= name.length - tail.length;
}

function quantified(count: number | 'all', chosen: readonly Detection[]): Detection {
  if (count === 'all' || count === chosen.length) return joined('and', chosen);
  if (count === 1) return joined('or', chosen);
  if (count > chosen.length) throw new ConditionError(`${count} selections are wanted of ${chosen.length}`);
  const combinations: Detection[][] = [];
  const choose = (from: number, picked: Detection[]): void => {
    if (picked.length === count) {
      combinations.push(picked);
      if (combinations.length > COMBINATIONS_MAX) {
        throw new ConditionError(`${count} of ${chosen.length} has more than ${COMBINATIONS_MAX} combinations`);
      }
      return;
    }
    for (let i = from; i <= chosen.length - (count - picked.length); i += 1) {
      const next = chosen[i];
      if (next !== undefined) choose(i + 1, [...picked, next]);
    }
  };
  choose(0, []);
  return joined(
    'or',
    combinations.map((parts) => joined('and', parts)),
  );
}

function joined(kind: 'and' | 'or', operands: readonly Detection[]): Detection {
  const [only] = operands;
  return only !== undefined && operands.length === 1 ? only : { kind, operands };
}

function countLeaves(detection: Detection): number {
  switch (detection.kind) {
    case 'not':
      return countLeaves(detection.operand);
    case 'test':
    case 'keyword':
      return detection.test.kind === 'texts' ? Math.max(1, detection.test.texts.length) : 1;
    default: {
      let sum = 0;
      for (const operand of detection.operands) {
        sum += countLeaves(operand);
        if (sum > LEAVES_MAX) break;
      }
      return sum;
    }
  }
}

/** Reads one selection: a map (all of its items), a list of maps or of texts (any of them), or one text. */
class SelectionReader {
  readonly #placeholders: Placeholders;
  readonly #problems: ProblemList;

  constructor(placeholders: Placeholders, problems: ProblemList) {
    this.#placeholders = placeholders;
    this.#problems = problems;
  }

  /** Null after a mistake. */
  read(node: YamlNode): Detection | null {
    if (node.kind === 'map') return this.#map(node);
    if (node.kind === 'scalar') return this.#item('', [], [node], node.place);
    const scalars = node.items.filter((item) => item.kind === 'scalar');
    const parts = node.items.filter((item) => item.kind !== 'scalar').map((item) => this.read(item));
    if (scalars.length > 0) parts.unshift(this.#item('', [], scalars, node.place));
    return this.#join('or', parts, node.place, 'an empty list');
  }

  #map(map: YamlMap): Detection | null {
    const parts = [...map.entries].map(([key, { value, place }]) => {
      const [field = '', ...modifiers] = key.split('|');
      const values = value.kind === 'list' ? value.items : [value];
      if (values.length === 0) {
        this.#problems.error(place, `expected values for ${shown(key)}, saw an empty list`);
        return null;
      }
      return this.#item(field, modifiers, values, place);
    });
    return this.#join('and', parts, map.place, 'an empty map');
  }

  #join(kind: 'and' | 'or', parts: readonly (Detection | null)[], place: Place, empty: string): Detection | null {
    const whole = parts.flatMap((part) => part ?? []);
    if (whole.length < parts.length) return null;
    if (whole.length > 0) return joined(kind, whole);
    this.#problems.error(place, `expected fields or texts in the selection, saw ${empty}`);
    return null;
  }

  #item(field: string, modifiers: readonly string[], nodes: readonly YamlNode[], place: Place): Detection | null {
    const values: ItemValue[] = [];
    for (const node of nodes) {
      if (node.kind !== 'scalar') {
        this.#problems.error(node.place, `expected a value for ${shown(field)}, saw a ${node.kind}`);
        return null;
      }
      values.push({ text: node.type === 'null' ? null : node.text, place: node.place });
    }
    const contained = field === '' ? [...modifiers, 'contains'] : modifiers;
    const isText = !modifiers.includes('re');
    const { tests, isAll, isNegated } = applyModifiers(
      isText ? contained : modifiers,
      values,
      this.#placeholders,
      this.#problems,
    );
    if (tests.length === 0) return null;
    const parts: Detection[] = [];
    for (const test of tests) {
      const part = field === '' ? keyword(test, place) : fieldTest(field, test, place);
      if (part === null) {
        const seen = test.kind === 'absent' ? 'null' : modifiers.join('|');
        this.#problems.error(place, `expected a field or text to look for, saw ${seen}`);
        return null;
      }
      parts.push(part);
    }
    const whole = joined(isAll ? 'and' : 'or', parts);
    return isNegated ? { kind: 'not', operand: whole } : whole;
  }
}

function fieldTest(field: string, test: FieldTest, place: Place): Detection {
  if (test.kind !== 'absent') return { kind: 'test', field, test, place };
  return { kind: 'not', operand: { kind: 'test', field, test: { kind: 'exists' }, place } };
}

const isKeywordTest = (test: FieldTest): test is KeywordTest => test.kind === 'texts' || test.kind === 'regex';

const keyword = (test: FieldTest, place: Place): Detection | null =>
  isKeywordTest(test) ? { kind: 'keyword', test, place } : null;
