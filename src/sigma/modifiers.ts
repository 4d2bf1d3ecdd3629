import { numericValue } from '../events/event.ts';
import { nearest } from '../query/nearest.ts';
import { networkOf } from '../query/network.ts';
import { compileRegex } from '../query/regex.ts';
import type { TextRelation } from '../query/text-test.ts';
import { base64Of, base64OffsetsOf, type Encoding, encode } from './encodings.ts';
import { EXPANDED_VALUES_MAX } from './limits.ts';
import { type Place, type ProblemList, shown } from './problem.ts';
import type { FieldTest } from './sigma-rule.ts';
import {
  ANY,
  literal,
  markDashes,
  normalise,
  parseSigmaText,
  plainText,
  printText,
  type SigmaText,
  spellOutDashes,
  type TextPart,
} from './sigma-text.ts';

/** Values of a placeholder such as `%Admins%`, which may hold wildcards; undefined when nobody gave any. */
export type Placeholders = (name: string) => readonly string[] | undefined;

/** What the modifiers of one item come to: how its values are tested, and how the tests are joined. */
export type ModifiedItem = {
  readonly tests: readonly FieldTest[];
  /** `all`: every test must hold, else any. */
  readonly isAll: boolean;
  /** `neq`: the joined tests must not hold. */
  readonly isNegated: boolean;
};

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  utf16: 'utf16',
  utf16le: 'utf16le',
  wide: 'utf16le',
  utf16be: 'utf16be',
};
const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;
const AFFIXES: Readonly<Record<string, TextRelation>> = {
  contains: 'contains',
  startswith: 'starts-with',
  endswith: 'ends-with',
};
const REGEX_FLAGS: Readonly<Record<string, string>> = {
  i: 'i',
  ignorecase: 'i',
  m: 'm',
  multiline: 'm',
  s: 's',
  dotall: 's',
};
/** What decides how a value is read; an item has at most one of them. */
const READERS = ['re', 'cidr', 'fieldref', 'exists', 'lt', 'lte', 'gt', 'gte'] as const;
const CHANGERS = ['contains', 'startswith', 'endswith', 'windash', 'base64', 'base64offset', 'expand'] as const;
const KNOWN = [...READERS, ...CHANGERS, ...Object.keys(ENCODINGS), ...Object.keys(REGEX_FLAGS), 'all', 'cased', 'neq'];
/** So many dashes of one value are written out as values; more become an expression. */
const DASHES_SPELLED_MAX = 3;

/** Applies modifiers, in their order, to the values of one item. Mistakes are reported; the tests left are then of no use. */
export function applyModifiers(
  modifiers: readonly string[],
  values: readonly ItemValue[],
  placeholders: Placeholders,
  problems: ProblemList,
): ModifiedItem {
  const item = new Item(modifiers, placeholders, problems);
  const tests = values.flatMap((value) => item.testsOf(value));
  const isAll = modifiers.includes('all');
  return { tests: isAll ? tests : joinTexts(tests), isAll, isNegated: modifiers.includes('neq') };
}

/** A value as the file has it; null is YAML's null. */
export type ItemValue = { readonly text: string | null; readonly place: Place };

/** Texts of which any may match are one test with all of them. */
function joinTexts(tests: readonly FieldTest[]): readonly FieldTest[] {
  const texts = tests.flatMap((test) => (test.kind === 'texts' ? [test] : []));
  const [first] = texts;
  if (first === undefined || texts.length === 1) return tests;
  const joined: FieldTest = { ...first, texts: texts.flatMap((test) => test.texts) };
  return [joined, ...tests.filter((test) => test.kind !== 'texts')];
}

type Value = { readonly kind: 'text'; readonly text: SigmaText } | { readonly kind: 'bytes'; readonly bytes: Buffer };

class Item {
  readonly #modifiers: readonly string[];
  readonly #placeholders: Placeholders;
  readonly #problems: ProblemList;
  readonly #reader: (typeof READERS)[number] | null;

  constructor(modifiers: readonly string[], placeholders: Placeholders, problems: ProblemList) {
    this.#modifiers = modifiers;
    this.#placeholders = placeholders;
    this.#problems = problems;
    this.#reader = READERS.find((reader) => modifiers.includes(reader)) ?? null;
  }

  testsOf({ text, place }: ItemValue): readonly FieldTest[] {
    if (!this.#checkNames(place)) return [];
    if (text === null) return this.#nullTest(place);
    switch (this.#reader) {
      case 're':
        return this.#regexTest(text, place);
      case 'cidr':
        return this.#networkTest(text, place);
      case 'exists':
        return this.#existsTest(text, place);
      case 'fieldref':
        return [{ kind: 'field', relation: this.#relation(), other: text, isCased: this.#has('cased') }];
      case null:
        return this.#textsTest(text, place);
      default: {
        const number = numericValue(text.trim());
        if (number === undefined)
          return this.#error(place, `expected a number after ${this.#reader}, saw ${shown(text)}`);
        return [{ kind: 'compares', op: COMPARISONS[this.#reader], number }];
      }
    }
  }

  #has(modifier: string): boolean {
    return this.#modifiers.includes(modifier);
  }

  #error(place: Place, message: string): [] {
    this.#problems.error(place, message);
    return [];
  }

  #checkNames(place: Place): boolean {
    for (const modifier of this.#modifiers) {
      if (!KNOWN.includes(modifier)) {
        const near = nearest(modifier, KNOWN);
        const help = near === null ? '' : `; write ${near}`;
        this.#error(place, `expected a modifier of the Sigma specification, saw ${shown(modifier)}${help}`);
        return false;
      }
    }
    const readers = READERS.filter((reader) => this.#has(reader));
    const [reader] = readers;
    if (reader === undefined) {
      const flag = this.#modifiers.find((modifier) => REGEX_FLAGS[modifier] !== undefined);
      if (flag !== undefined) this.#error(place, `expected re before ${flag}`);
      return flag === undefined;
    }
    const isUnfit = (modifier: string): boolean =>
      CHANGERS.some((changer) => changer === modifier && !(reader === 'fieldref' && AFFIXES[modifier] !== undefined)) ||
      ENCODINGS[modifier] !== undefined;
    const other = readers[1] ?? this.#modifiers.find(isUnfit);
    if (other === undefined) return true;
    this.#error(place, `${reader} and ${other} cannot be used together`);
    return false;
  }

  /** `field: null`: the event has no such field. */
  #nullTest(place: Place): readonly FieldTest[] {
    const others = this.#modifiers.filter(
      (modifier) => modifier !== 'all' && modifier !== 'neq' && modifier !== 'cased',
    );
    if (others.length > 0) return this.#error(place, `expected a value for ${others.join('|')}, saw null`);
    return [{ kind: 'absent' }];
  }

  #regexTest(text: string, place: Place): readonly FieldTest[] {
    const flags = [...new Set(this.#modifiers.flatMap((modifier) => REGEX_FLAGS[modifier] ?? []))].sort().join('');
    const regex = flags === '' ? text : `(?${flags})${text}`;
    try {
      compileRegex(regex);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      return this.#error(place, `expected a regular expression in RE2 syntax, saw ${shown(text)}: ${reason}`);
    }
    return [{ kind: 'regex', regex }];
  }

  #networkTest(text: string, place: Place): readonly FieldTest[] {
    const network = networkOf(text);
    if (network === null)
      return this.#error(place, `expected a network such as 10.0.0.0/8 or fe80::/10, saw ${shown(text)}`);
    return [{ kind: 'networks', networks: [network] }];
  }

  #existsTest(text: string, place: Place): readonly FieldTest[] {
    const wanted = text.toLowerCase();
    if (wanted === 'true' || wanted === 'yes') return [{ kind: 'exists' }];
    if (wanted === 'false' || wanted === 'no') return [{ kind: 'absent' }];
    return this.#error(place, `expected true or false after exists, saw ${shown(text)}`);
  }

  #relation(): TextRelation {
    const affix = this.#modifiers.find((modifier) => AFFIXES[modifier] !== undefined);
    return affix === undefined ? 'equals' : (AFFIXES[affix] ?? 'equals');
  }

  #textsTest(text: string, place: Place): readonly FieldTest[] {
    let values: readonly Value[] = [{ kind: 'text', text: parseSigmaText(text) }];
    for (const modifier of this.#modifiers) {
      values = values.flatMap((value) => this.#change(modifier, value, place));
      if (values.length > EXPANDED_VALUES_MAX) {
        return this.#error(place, `${shown(text)} becomes more than ${EXPANDED_VALUES_MAX} values`);
      }
    }
    const texts = values.flatMap((value) =>
      value.kind === 'bytes' ? [literal(value.bytes.toString('utf8'))] : spellOutDashes(value.text, DASHES_SPELLED_MAX),
    );
    if (texts.length === 0) return [];
    return [{ kind: 'texts', texts: texts.map(normalise), isCased: this.#has('cased') }];
  }

  #change(modifier: string, value: Value, place: Place): readonly Value[] {
    const encoding = ENCODINGS[modifier];
    if (encoding !== undefined) return this.#bytesOf(value, modifier, place, (bytes) => [encode(bytes, encoding)]);
    const toTexts = (texts: readonly string[]): readonly Value[] =>
      texts.map((encoded) => ({ kind: 'text', text: literal(encoded) }));
    switch (modifier) {
      case 'base64':
        return this.#bytesOf(value, modifier, place, (bytes) => [bytes]).flatMap((plain) =>
          plain.kind === 'bytes' ? toTexts([base64Of(plain.bytes)]) : [],
        );
      case 'base64offset':
        return this.#bytesOf(value, modifier, place, (bytes) => [bytes]).flatMap((plain) =>
          plain.kind === 'bytes' ? toTexts(base64OffsetsOf(plain.bytes)) : [],
        );
      case 'contains':
        return [{ kind: 'text', text: [ANY, ...textOfValue(value), ANY] }];
      case 'startswith':
        return [{ kind: 'text', text: [...textOfValue(value), ANY] }];
      case 'endswith':
        return [{ kind: 'text', text: [ANY, ...textOfValue(value)] }];
      case 'windash':
        return value.kind === 'text' ? [{ kind: 'text', text: markDashes(value.text) }] : [value];
      case 'expand':
        return value.kind === 'text' ? this.#expand(value.text, place) : [value];
      default:
        return [value];
    }
  }

  /** Encodes a text, or what an encoding before made of it. */
  #bytesOf(
    value: Value,
    modifier: string,
    place: Place,
    change: (bytes: Buffer) => readonly Buffer[],
  ): readonly Value[] {
    const plains: Buffer[] = [];
    if (value.kind === 'bytes') plains.push(value.bytes);
    else {
      for (const text of spellOutDashes(value.text, Number.POSITIVE_INFINITY)) {
        const plain = plainText(text);
        if (plain === null)
          return this.#error(
            place,
            `expected text without wildcards before ${modifier}, saw ${shown(printText(text))}`,
          );
        plains.push(Buffer.from(plain));
      }
    }
    return plains.flatMap(change).map((bytes) => ({ kind: 'bytes', bytes }));
  }

  /** A text for each choice of the values of its placeholders. */
  #expand(text: SigmaText, place: Place): readonly Value[] {
    let texts: readonly SigmaText[] = [[]];
    for (const part of withPlaceholders(text)) {
      if (part.kind !== 'placeholder') {
        texts = texts.map((before) => [...before, part]);
        continue;
      }
      const values = this.#placeholders(part.name);
      if (values === undefined) {
        return this.#error(
          place,
          `the rule needs the values of the placeholder %${part.name}%, and none are configured`,
        );
      }
      if (texts.length * values.length > EXPANDED_VALUES_MAX) {
        return this.#error(place, `placeholders give more than ${EXPANDED_VALUES_MAX} values`);
      }
      texts = texts.flatMap((before) => values.map((value) => [...before, ...parseSigmaText(value)]));
    }
    return texts.map((expanded) => ({ kind: 'text', text: expanded }));
  }
}

const textOfValue = (value: Value): SigmaText =>
  value.kind === 'text' ? value.text : literal(value.bytes.toString('utf8'));

/** `%name%` in literal runs becomes a placeholder. */
const withPlaceholders = (text: SigmaText): readonly TextPart[] =>
  text.flatMap((part): readonly TextPart[] => {
    if (part.kind !== 'literal') return [part];
    return part.text
      .split(/%([\w.-]{1,128})%/)
      .flatMap((piece, i): readonly TextPart[] =>
        i % 2 === 1 ? [{ kind: 'placeholder', name: piece }] : literal(piece),
      );
  });
