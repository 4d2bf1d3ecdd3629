import { unreachable } from '../shared/assert.ts';
import { compareText } from './compare-cells.ts';
import type { JqComparison, JqFunction, JqNode } from './jq-parse.ts';
import { compileRegex } from './regex.ts';

/** The program does not fit the value: `.a` of a number, say. */
export class JqMistake extends Error {}

/** A JSON value: nothing else comes out of `JSON.parse`, and every function here keeps to it. */
type Value = unknown;

/** All work on one value, so that a small program over a small value cannot take long. */
const stepsMax = 100_000;

/** The program's results over a value, `resultsMax` at most. @throws JqMistake */
export function runJq(program: JqNode, value: Value, resultsMax: number): readonly Value[] {
  const run = new JqRun();
  return run.all(program, value).slice(0, resultsMax);
}

class JqRun {
  #steps = 0;

  all(node: JqNode, value: Value): Value[] {
    if (++this.#steps > stepsMax) throw new JqMistake('too much work');
    switch (node.kind) {
      case 'identity':
        return [value];
      case 'literal':
        return [node.value];
      case 'key':
        return this.all(node.of, value).flatMap((of) => this.all(node.key, value).map((key) => memberOf(of, key)));
      case 'slice':
        return this.all(node.of, value).map((of) => sliceOf(of, node.from, node.to));
      case 'each':
        return this.all(node.of, value).flatMap((of) => this.#counted(itemsOf(of)));
      case 'try':
        return this.#attempt(node.body, value);
      case 'pipe':
        return this.all(node.left, value).flatMap((middle) => this.all(node.right, middle));
      case 'comma':
        return [...this.all(node.left, value), ...this.all(node.right, value)];
      case 'alternative': {
        const good = this.#attempt(node.left, value).filter(isTrue);
        return good.length > 0 ? good : this.all(node.right, value);
      }
      case 'and':
      case 'or':
        return this.all(node.left, value).flatMap((left) =>
          isTrue(left) === (node.kind === 'or') ? [node.kind === 'or'] : this.all(node.right, value).map(isTrue),
        );
      case 'compare':
        return this.all(node.left, value).flatMap((left) =>
          this.all(node.right, value).map((right) => holds(node.op, compareValues(left, right))),
        );
      case 'array':
        return [node.body === null ? [] : this.all(node.body, value)];
      case 'call':
        return this.#call(node.name, node.args[0], value);
      default:
        return unreachable(node);
    }
  }

  #counted(items: readonly Value[]): readonly Value[] {
    this.#steps += items.length;
    return items;
  }

  #attempt(node: JqNode, value: Value): Value[] {
    try {
      return this.all(node, value);
    } catch (error) {
      if (error instanceof JqMistake && this.#steps <= stepsMax) return [];
      throw error;
    }
  }

  #call(name: JqFunction, argument: JqNode | undefined, value: Value): Value[] {
    if (argument === undefined) {
      const simple = SIMPLE[name];
      if (name === 'empty') return [];
      if (name === 'values') return value === null ? [] : [value];
      if (simple === undefined) throw new Error(`jq function ${name} needs an argument`);
      return [simple(value)];
    }
    if (name === 'select') return this.all(argument, value).flatMap((holding) => (isTrue(holding) ? [value] : []));
    if (name === 'map') return [this.#counted(itemsOf(value)).flatMap((item) => this.all(argument, item))];
    const test = WITH_TEXT[name];
    if (test === undefined) throw new Error(`jq function ${name} takes no argument`);
    return this.all(argument, value).map((given) => test(value, given));
  }
}

const isTrue = (value: Value): boolean => value !== null && value !== false;
const isObject = (value: Value): value is Readonly<Record<string, Value>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function memberOf(of: Value, key: Value): Value {
  if (of === null) return null;
  if (isObject(of) && typeof key === 'string') return Object.hasOwn(of, key) ? (of[key] ?? null) : null;
  if (Array.isArray(of) && typeof key === 'number') return (of as readonly Value[]).at(Math.floor(key)) ?? null;
  throw new JqMistake('no such member');
}

function sliceOf(of: Value, from: number | null, to: number | null): Value {
  if (of === null) return null;
  if (typeof of === 'string' || Array.isArray(of)) return of.slice(from ?? 0, to ?? undefined);
  throw new JqMistake('not a list or text');
}

function itemsOf(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (isObject(value)) return Object.values(value);
  throw new JqMistake('not a list or object');
}

const textOf = (value: Value): string => {
  if (typeof value === 'string') return value;
  throw new JqMistake('not a text');
};
const listOf = (value: Value): readonly Value[] => {
  if (Array.isArray(value)) return value;
  throw new JqMistake('not a list');
};

function lengthOf(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'string') return [...value].length;
  if (typeof value === 'number') return Math.abs(value);
  return itemsOf(value).length;
}

function sumOf(value: Value): Value {
  const items = itemsOf(value).filter((item) => item !== null);
  if (items.length === 0) return null;
  if (items.every((item) => typeof item === 'number')) return items.reduce((sum: number, item) => sum + item, 0);
  if (items.every((item) => typeof item === 'string')) return items.join('');
  if (items.every((item) => Array.isArray(item))) return items.flat(1);
  throw new JqMistake('nothing that adds up');
}

function keysOf(value: Value): Value {
  if (Array.isArray(value)) return value.map((_, index) => index);
  if (isObject(value)) return Object.keys(value).sort(compareText);
  throw new JqMistake('not a list or object');
}

function numberOf(value: Value): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new JqMistake('not a number');
}

const typeOf = (value: Value): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
const sorted = (value: Value): Value[] => [...listOf(value)].sort(compareValues);

const SIMPLE: Partial<Readonly<Record<JqFunction, (value: Value) => Value>>> = {
  length: lengthOf,
  keys: keysOf,
  add: sumOf,
  first: (value) => memberOf(listOf(value), 0),
  last: (value) => memberOf(listOf(value), -1),
  type: typeOf,
  tostring: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  tojson: (value) => JSON.stringify(value),
  fromjson: (value) => JSON.parse(textOf(value)) as Value,
  tonumber: numberOf,
  not: (value) => !isTrue(value),
  ascii_downcase: (value) => textOf(value).replaceAll(/[A-Z]+/g, (run) => run.toLowerCase()),
  ascii_upcase: (value) => textOf(value).replaceAll(/[a-z]+/g, (run) => run.toUpperCase()),
  sort: sorted,
  unique: (value) => sorted(value).filter((item, at, all) => at === 0 || compareValues(item, all[at - 1]) !== 0),
  reverse: (value) => (typeof value === 'string' ? [...value].reverse().join('') : [...listOf(value)].reverse()),
  min: (value) => sorted(value)[0] ?? null,
  max: (value) => sorted(value).at(-1) ?? null,
};

const WITH_TEXT: Partial<Readonly<Record<JqFunction, (value: Value, given: Value) => Value>>> = {
  has: (value, key) =>
    isObject(value)
      ? Object.hasOwn(value, textOf(key))
      : typeof key === 'number' && key >= 0 && key < listOf(value).length,
  join: (value, between) =>
    listOf(value)
      .map((item) => (item === null ? '' : typeof item === 'object' ? textOf(item) : String(item)))
      .join(textOf(between)),
  split: (value, between) => textOf(value).split(textOf(between)),
  startswith: (value, start) => textOf(value).startsWith(textOf(start)),
  endswith: (value, end) => textOf(value).endsWith(textOf(end)),
  contains: (value, part) =>
    typeof value === 'string'
      ? value.includes(textOf(part))
      : listOf(value).some((item) => compareValues(item, part) === 0),
  test: (value, pattern) => {
    try {
      return compileRegex(textOf(pattern)).finds(textOf(value));
    } catch {
      throw new JqMistake('not a pattern in RE2 syntax');
    }
  },
};

const RANKS = ['null', 'boolean', 'number', 'string', 'array', 'object'];

/** jq's order: null, false, true, numbers, texts, lists, objects (here by their text). */
function compareValues(a: Value, b: Value): number {
  const rank = RANKS.indexOf(typeOf(a)) - RANKS.indexOf(typeOf(b));
  if (rank !== 0) return rank;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return compareText(JSON.stringify(a), JSON.stringify(b));
}

function holds(op: JqComparison, order: number): boolean {
  switch (op) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return unreachable(op);
  }
}
