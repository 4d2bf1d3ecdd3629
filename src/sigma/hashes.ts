import { anyOf, negate } from '../query/join-conditions.ts';
import type { Condition } from '../query/plan.ts';
import type { FieldTest, TextsTest } from './sigma-rule.ts';
import { ANY, literal, normalise, type SigmaText, type TextPart } from './sigma-text.ts';

type Names = readonly [string, ...string[]];

/** `Hashes` (`SHA1=…,MD5=…`) is stored as a field for each algorithm; what has another form stays in `hashes`. */
const STORED: ReadonlyMap<string, string> = new Map([
  ['md5', 'hash'],
  ['sha1', 'hash_sha1'],
  ['sha256', 'hash_sha256'],
  ['imphash', 'hash_import'],
]);
const WHOLE = 'hashes';

/** A test of `Hashes` as tests of the fields under which its parts are stored; `leaf` makes the condition of one. */
export function hashTest(test: FieldTest, leaf: (names: Names, test: FieldTest) => Condition): Condition {
  const all = [...STORED.values(), WHOLE];
  const anyField = (part: FieldTest): Condition => anyOf(all.map((name) => leaf([name], part)));
  if (test.kind === 'absent') return negate(anyField({ kind: 'exists' }));
  if (test.kind !== 'texts') return anyField(test);
  return anyOf(test.texts.flatMap((text) => textTests(text, test, leaf)));
}

/** `SHA1=abc` looks at the field of SHA1 alone, any other text at all of them. */
function textTests(
  text: SigmaText,
  { isCased }: TextsTest,
  leaf: (names: Names, test: FieldTest) => Condition,
): readonly Condition[] {
  const tested = (name: string, parts: SigmaText): Condition =>
    leaf([name], { kind: 'texts', texts: [normalise(parts)], isCased });
  const whole = tested(WHOLE, text);
  const split = splitAlgorithm(text);
  if (split === null) return [...[...STORED.values()].map((name) => tested(name, text)), whole];
  return [tested(split.name, split.rest), whole];
}

/** `*IMPHASH=ABC*` → `ABC*` of the import hash. What follows a comma belongs to another field. */
function splitAlgorithm(text: SigmaText): { readonly name: string; readonly rest: SigmaText } | null {
  const [first, ...behind] = text[0]?.kind === 'any' ? text.slice(1) : text;
  if (first?.kind !== 'literal') return null;
  const at = first.text.indexOf('=');
  const name = STORED.get(first.text.slice(0, Math.max(0, at)).trim().toLowerCase());
  if (name === undefined) return null;
  const value = first.text.slice(at + 1);
  const comma = value.indexOf(',');
  const rest: readonly TextPart[] =
    comma === -1 ? [...literal(value), ...behind] : [...literal(value.slice(0, comma)), ANY];
  return { name, rest };
}
