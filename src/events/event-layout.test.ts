import { expect, test } from 'vitest';
import { createTableSql, eventsTable, fieldSql, MAP_READ, partitionDay } from './event-layout.ts';
import { HOT_FIELDS } from './hot-fields.ts';

const binder = () => {
  const values: string[] = [];
  const bind = (value: string) => `{p${values.push(value)}:String}`;
  return { values, bind };
};

test('no text of a field name reaches SQL', () => {
  const hostile = "x'] OR 1=1 -- \0\\";
  const { values, bind } = binder();
  const { text, isPresent } = fieldSql(hostile, bind);
  expect(text).toBe('fields[{p1:String}]');
  expect(`${text}${isPresent}`).not.toContain('1=1');
  expect(values).toEqual([hostile]);
});

test('a field outside the hot ones reads the map in the form that promotion looks for', () => {
  expect([...fieldSql('thread', binder().bind).isPresent.matchAll(MAP_READ)].map((found) => found[1])).toEqual(['p1']);
  expect(fieldSql('user', binder().bind).text).not.toMatch(MAP_READ);
});

test('names from an object prototype are ordinary fields', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    expect(fieldSql(name, binder().bind, { a: 'b' }).text).toBe('fields[{p1:String}]');
  }
});

test('a table is named by the id of the logpoint alone', () => {
  expect(eventsTable('a'.repeat(32))).toBe(`tocsin.events_${'a'.repeat(32)}`);
  expect(() => eventsTable('x; DROP TABLE y')).toThrow(/32 hex digits/);
  for (const field of Object.keys(HOT_FIELDS)) expect(createTableSql('a'.repeat(32))).toContain(`f_${field} `);
});

test('an event far from its receipt is placed on the day of the receipt', () => {
  const received = Date.UTC(2026, 5, 15, 12);
  const day = Math.trunc(received / 86_400_000);
  expect(partitionDay(received - 86_400_000, received)).toBe(day - 1);
  expect(partitionDay(Date.UTC(9999, 11, 31), received)).toBe(day);
  expect(partitionDay(0, received)).toBe(day);
  expect(partitionDay(Date.UTC(2020, 1, 1), received)).toBe(day);
});
