import { fold } from '../query/fold.ts';
import { allOf, anyOf, negate } from '../query/join-conditions.ts';
import type { WildPattern } from '../query/pattern.ts';
import type { Condition, FieldRef } from '../query/plan.ts';
import type { TextSet } from '../query/text-test.ts';
import { fieldRef } from './conditions.ts';
import { hashTest } from './hashes.ts';
import type { Detection, FieldTest, KeywordTest, TextsTest } from './sigma-rule.ts';
import type { SigmaText } from './sigma-text.ts';
import { patternOfText } from './sigma-text.ts';
import type { SourceShape } from './source-scope.ts';

/** A detection over the events of one shape. */
export function compileDetection(detection: Detection, shape: SourceShape): Condition {
  switch (detection.kind) {
    case 'and':
      return allOf(detection.operands.map((operand) => compileDetection(operand, shape)));
    case 'or':
      return anyOf(detection.operands.map((operand) => compileDetection(operand, shape)));
    case 'not':
      return negate(compileDetection(detection.operand, shape));
    case 'keyword':
      return keywordCondition(detection.test);
    case 'test':
      return testCondition(detection.field, detection.test, shape);
  }
}

function testCondition(field: string, test: FieldTest, shape: SourceShape): Condition {
  if (shape.isWindows && field.toLowerCase() === 'hashes') {
    return hashTest(test, (names, part) => conditionOf(fieldRef(...names), part, shape));
  }
  return conditionOf(fieldRef(...shape.names(field)), test, shape);
}

function conditionOf(ref: FieldRef, test: FieldTest, shape: SourceShape): Condition {
  switch (test.kind) {
    case 'texts':
      return textsCondition(ref, test);
    case 'regex':
      return { kind: 'finds', ref, regex: test.regex };
    case 'networks':
      return { kind: 'in-network', ref, networks: test.networks };
    case 'compares':
      return { kind: 'compares', ref, op: test.op, number: test.number };
    case 'field': {
      const other = fieldRef(...shape.names(test.other));
      return { kind: 'relates', ref, relation: test.relation, other, isCased: test.isCased };
    }
    case 'exists':
      return { kind: 'exists', ref };
    case 'absent':
      return negate({ kind: 'exists', ref });
  }
}

type Sorted = { readonly texts: TextSet; readonly regexes: readonly string[]; readonly isEverything: boolean };

/** The texts by how they are matched. */
function sorted(texts: readonly SigmaText[], isCased: boolean): Sorted {
  const exact = new Set<string>();
  const patterns = new Map<string, WildPattern>();
  const regexes = new Set<string>();
  let isEverything = false;
  for (const text of texts) {
    const pattern = patternOfText(text, isCased);
    if (pattern.kind === 'everything') isEverything = true;
    else if (pattern.kind === 'exact') exact.add(pattern.text);
    else if (pattern.kind === 'regex') regexes.add(pattern.regex);
    else patterns.set(JSON.stringify(pattern.pattern), pattern.pattern);
  }
  return { texts: { exact: [...exact], patterns: [...patterns.values()] }, regexes: [...regexes], isEverything };
}

const isEmpty = ({ exact, patterns }: TextSet): boolean => exact.length === 0 && patterns.length === 0;

function textsCondition(ref: FieldRef, { texts, isCased }: TextsTest): Condition {
  const { texts: set, regexes, isEverything } = sorted(texts, isCased);
  if (isEverything) return { kind: 'exists', ref };
  const parts: Condition[] = regexes.map((regex) => ({ kind: 'finds', ref, regex }));
  if (!isEmpty(set)) {
    parts.unshift(
      isCased ? { kind: 'matches-cased', ref, texts: set } : { kind: 'matches', ref, values: { ...set, numbers: [] } },
    );
  }
  return anyOf(parts);
}

function keywordCondition(test: KeywordTest): Condition {
  if (test.kind === 'regex') return { kind: 'anywhere', test: { kind: 'regex', regex: test.regex } };
  const { texts, regexes, isEverything } = sorted(test.texts, test.isCased);
  if (isEverything) return { kind: 'always' };
  const parts: Condition[] = regexes.map((regex) => ({ kind: 'anywhere', test: { kind: 'regex', regex } }));
  if (!isEmpty(texts)) parts.unshift({ kind: 'anywhere', test: { kind: test.isCased ? 'cased' : 'folded', texts } });
  return anyOf(parts);
}

/**
 * Whether a detection may hold for an event of the shape, looking only at what it wants of `EventID`: false only when
 * it cannot.
 */
export function mayHold(detection: Detection, shape: SourceShape): boolean {
  switch (detection.kind) {
    case 'and':
      return detection.operands.every((operand) => mayHold(operand, shape));
    case 'or':
      return detection.operands.some((operand) => mayHold(operand, shape));
    case 'test': {
      const { field, test } = detection;
      if (field !== 'EventID' || test.kind !== 'texts') return true;
      return test.texts.some((text) => {
        const pattern = patternOfText(text, false);
        return pattern.kind !== 'exact' || shape.mayHaveEventId(fold(pattern.text));
      });
    }
    default:
      return true;
  }
}

/** Every field that a detection looks at, by its own name. */
export function fieldsOf(detection: Detection, fields: Set<string> = new Set()): ReadonlySet<string> {
  if (detection.kind === 'not') fieldsOf(detection.operand, fields);
  else if (detection.kind === 'test') {
    fields.add(detection.field);
    if (detection.test.kind === 'field') fields.add(detection.test.other);
  } else if (detection.kind !== 'keyword') for (const operand of detection.operands) fieldsOf(operand, fields);
  return fields;
}
