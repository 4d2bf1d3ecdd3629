import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../shared/json.ts';
import { readRuleInput } from './rule-input.ts';

const DATA: JsonObject = {
  searchname: 'Failed logins',
  owner: '5'.repeat(24),
  repos: ['10.0.0.1:5504/default'],
  limit: 25,
  timerange_minute: 30,
  condition_option: 'greaterthan',
  condition_value: 4,
  risk: 'high',
  aggregate: 'max',
};

const errorsOf = (changes: JsonObject) => readRuleInput({ ...DATA, ...changes }).errors;

test('the mandatory fields alone make a rule, the rest has its default', () => {
  const { draft, errors } = readRuleInput(DATA);
  expect(errors).toEqual({});
  expect(draft).toMatchObject({ rangeMinutes: 30, intervalMinutes: 10, delayMinutes: 0, throttling: null, query: '' });
});

test("booleans and numbers are read as the vendor's clients write them", () => {
  const { draft, errors } = readRuleInput({
    ...DATA,
    limit: '25',
    condition_value: '0',
    flush_on_trigger: 'on',
    apply_jinja_template: 'True',
    original_data: 'off',
    throttling_enabled: 'on',
    throttling_field: 'user',
    throttling_time_range: '15',
    condition_option: 'equals',
    risk: 'High',
  });
  expect(errors).toEqual({});
  expect(draft).toMatchObject({
    limit: 25,
    conditionValue: 0,
    conditionOption: 'equalsto',
    flushOnTrigger: true,
    applyJinjaTemplate: true,
    originalData: false,
    risk: 'high',
    throttling: { field: 'user', rangeMinutes: 15 },
  });
});

test('each missing mandatory field is named', () => {
  expect(Object.keys(readRuleInput({}).errors).sort()).toEqual([
    'aggregate',
    'condition_option',
    'condition_value',
    'limit',
    'owner',
    'repos',
    'risk',
    'searchname',
    'timerange_minute',
  ]);
});

test('the range is between a minute and thirty days, in any unit', () => {
  expect(errorsOf({ timerange_minute: 0 })).toHaveProperty('timerange_minute');
  expect(errorsOf({ timerange_minute: 43_200 })).toEqual({});
  expect(errorsOf({ timerange_minute: 43_201 })).toHaveProperty('timerange_minute');
  expect(errorsOf({ timerange_minute: null, timerange_day: 31 })).toHaveProperty('timerange_minute');
  expect(readRuleInput({ ...DATA, timerange_minute: 0, timerange_hour: 1 }).draft.rangeMinutes).toBe(60);
});

test('the interval divides the range', () => {
  expect(errorsOf({ search_interval_minute: 15 })).toEqual({});
  expect(errorsOf({ search_interval_minute: 7 })['search_interval_minute']).toEqual([
    'search_interval_minute must divide the time range: 7 does not divide 30 minutes',
  ]);
  expect(errorsOf({ search_interval_minute: 60 })).toHaveProperty('search_interval_minute');
});

test('throttling needs its field and its range', () => {
  expect(Object.keys(errorsOf({ throttling_enabled: true }))).toEqual(['throttling_field', 'throttling_time_range']);
});

test('values of other kinds, beyond a limit or unknown are refused with what was seen', () => {
  expect(errorsOf({ risk: 'severe' })['risk']).toEqual([
    'risk must be one of low, medium, high, critical, not "severe"',
  ]);
  expect(errorsOf({ condition_value: -1 })).toHaveProperty('condition_value');
  expect(errorsOf({ condition_value: 1.5 })).toHaveProperty('condition_value');
  expect(errorsOf({ limit: 0 })).toHaveProperty('limit');
  expect(errorsOf({ repos: [] })).toHaveProperty('repos');
  expect(errorsOf({ repos: [{}] })).toHaveProperty('repos');
  expect(errorsOf({ query: ['x'] })['query']).toEqual(['query must be text, not a list']);
  expect(errorsOf({ metadata: [{ value: 'x' }] })['metadata']).toEqual(['metadata field: field must not be empty']);
  expect(errorsOf({ flush_on_trigger: 'perhaps' })).toHaveProperty('flush_on_trigger');
  expect(errorsOf({ searchname: '   ' })).toHaveProperty('searchname');
});

test('whatever JSON comes, it is read or refused by field, and nothing throws', () => {
  const fieldNames = [
    ...Object.keys(DATA),
    'metadata',
    'attack_tag',
    'throttling_enabled',
    'flush_on_trigger',
    '__proto__',
  ];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...fieldNames), fc.jsonValue()), (changes) => {
      const { draft, errors } = readRuleInput(JSON.parse(JSON.stringify({ ...DATA, ...changes })));
      expect(Object.keys(errors).length > 0 || (draft.name !== '' && draft.repos.length > 0)).toBe(true);
    }),
  );
  expect(errorsOf({ searchname: 'a\nb' })).toHaveProperty('searchname');
});

test('fields that the server owns are never read', () => {
  const { draft } = readRuleInput(
    JSON.parse(
      `{"__proto__":{"x":1},${JSON.stringify({ ...DATA, id: 'f'.repeat(24), version: 9, active: false, alertrule_id: 'x' }).slice(1)}`,
    ),
  );
  expect(Object.keys(draft)).not.toContain('id');
  expect(Object.keys(draft)).not.toContain('version');
  expect(Object.keys(draft)).not.toContain('active');
  expect(draft).not.toHaveProperty('x');
});
