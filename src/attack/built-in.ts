import { readFileSync } from 'node:fs';
import { assert } from '../shared/assert.ts';
import { isJsonObject, type Json } from '../shared/json.ts';
import { type AttackCatalogue, techniqueUrl } from './catalogue.ts';

/**
 * The ATT&CK table that ships with the program: ids, names and tactics of every live Enterprise technique.
 *
 * Descriptions are MITRE's text and come only with an import (`tocsin attack import`).
 */
export function builtInCatalogue(): AttackCatalogue {
  const data: Json = JSON.parse(readFileSync(new URL('./techniques.json', import.meta.url), 'utf8'));
  assert(isJsonObject(data), 'the ATT&CK table is an object');
  return {
    attackVersion: textOf(data['attackVersion']),
    copyright: textOf(data['copyright']),
    tactics: listOf(data['tactics']).map((row) => ({ name: textOf(row[1]), shortName: textOf(row[2]) })),
    techniques: listOf(data['techniques']).map(([id, name, tactics, version]) => ({
      id: textOf(id),
      name: textOf(name),
      tactics: Array.isArray(tactics) ? tactics.map(textOf) : [],
      version: textOf(version),
      description: '',
      url: techniqueUrl(textOf(id)),
    })),
  };
}

function textOf(value: Json | undefined): string {
  assert(typeof value === 'string', 'the ATT&CK table holds text here');
  return value;
}

function listOf(value: Json | undefined): (readonly Json[])[] {
  assert(Array.isArray(value), 'the ATT&CK table holds a list here');
  return value.filter((row): row is readonly Json[] => Array.isArray(row));
}
