import type { Meter } from './meter.ts';
import { asNumber, compare, isDict, isEqual, isIn, isList, isText, type Value } from './value.ts';

type ValueTest = (value: Value, operand: Value, meter: Meter) => boolean;

const remainder = (value: Value, divisor: number): number | undefined => {
  const number = asNumber(value);
  return number === undefined ? undefined : ((number % divisor) + divisor) % divisor;
};

/** Tests by name: what may stand after `is`. */
export const VALUE_TESTS: ReadonlyMap<string, ValueTest> = new Map<string, ValueTest>([
  ['defined', (value) => value !== undefined],
  ['undefined', (value) => value === undefined],
  ['none', (value) => value === null],
  ['None', (value) => value === null],
  ['string', (value) => isText(value)],
  ['number', (value) => typeof value === 'number'],
  ['boolean', (value) => typeof value === 'boolean'],
  ['true', (value) => value === true],
  ['false', (value) => value === false],
  ['mapping', (value) => isDict(value)],
  ['iterable', (value) => isList(value) || isDict(value) || isText(value)],
  ['sequence', (value) => isList(value) || isDict(value) || isText(value)],
  ['odd', (value) => remainder(value, 2) === 1],
  ['even', (value) => remainder(value, 2) === 0],
  ['divisibleby', (value, operand) => remainder(value, asNumber(operand) ?? Number.NaN) === 0],
  ['equalto', (value, operand, meter) => isEqual(value, operand, meter)],
  ['eq', (value, operand, meter) => isEqual(value, operand, meter)],
  ['in', (value, operand, meter) => isIn(value, operand, meter)],
  ['gt', (value, operand) => (compare(value, operand) ?? 0) > 0],
  ['lt', (value, operand) => (compare(value, operand) ?? 0) < 0],
]);
