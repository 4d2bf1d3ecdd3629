import { expect, test } from 'vitest';
import { newFields } from './event-fields.ts';

test('fields inherit nothing, whatever they are called', () => {
  const fields = newFields();
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'f0']) {
    expect(fields[name]).toBeUndefined();
    expect(name in fields).toBe(false);
    fields[name] = name;
  }
  expect(Object.keys(fields)).toEqual(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'f0']);
  expect(JSON.parse(JSON.stringify(fields))['constructor']).toBe('constructor');
  expect(Object.keys(newFields())).toEqual([]);
});

test('fields cross threads as plain data', () => {
  const fields = newFields();
  fields['user'] = 'eva';
  expect(structuredClone(fields)).toEqual({ user: 'eva' });
});
