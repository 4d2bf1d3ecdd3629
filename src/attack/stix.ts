import { AppError } from '../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import { type AttackCatalogue, techniqueUrl } from './catalogue.ts';

const NOT_STIX = 'ATTACK_NOT_STIX';
/** A technique's description is shown, never searched: longer text is cut, and the cut is marked. */
export const DESCRIPTION_LENGTH_MAX = 4_000;

/**
 * Reads MITRE's STIX 2 bundle. Revoked and deprecated techniques are left out and counted.
 *
 * @throws AppError `ATTACK_NOT_STIX` when the text is not such a bundle, saying what was seen
 */
export function readStix(text: string): { catalogue: AttackCatalogue; leftOut: number } {
  const objects = objectsOf(text);
  const tactics = new Map<string, { shortName: string; name: string }>();
  const techniques: AttackCatalogue['techniques'][number][] = [];
  let matrixOrder: readonly string[] = [];
  let attackVersion = '';
  let copyright = '';
  let leftOut = 0;
  for (const object of objects) {
    switch (object['type']) {
      case 'x-mitre-tactic':
        tactics.set(textAt(object['id']), {
          shortName: textAt(object['x_mitre_shortname']),
          name: textAt(object['name']),
        });
        break;
      case 'x-mitre-matrix':
        matrixOrder = strings(object['tactic_refs']);
        break;
      case 'x-mitre-collection':
        attackVersion = textAt(object['x_mitre_version']);
        break;
      case 'marking-definition':
        copyright = statementOf(object) || copyright;
        break;
      case 'attack-pattern': {
        const technique = techniqueOf(object);
        if (technique === null) leftOut += 1;
        else techniques.push(technique);
        break;
      }
      default:
    }
  }
  if (techniques.length === 0) {
    throw new AppError(
      'invalid',
      NOT_STIX,
      `no live attack-pattern among ${objects.length} objects, expected MITRE's STIX bundle`,
    );
  }
  const ordered = [...matrixOrder.map((id) => tactics.get(id)), ...tactics.values()];
  const unique = [...new Set(ordered)].filter((tactic) => tactic !== undefined);
  return { catalogue: { attackVersion, copyright, tactics: unique, techniques }, leftOut };
}

function objectsOf(text: string): JsonObject[] {
  let bundle: Json;
  try {
    bundle = JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid', NOT_STIX, 'the file is not JSON, expected a STIX bundle', { cause });
  }
  if (!isJsonObject(bundle) || bundle['type'] !== 'bundle' || !Array.isArray(bundle['objects'])) {
    throw new AppError('invalid', NOT_STIX, 'the JSON is not a STIX bundle: expected {"type":"bundle","objects":[…]}');
  }
  return bundle['objects'].filter(isJsonObject);
}

function techniqueOf(object: JsonObject): AttackCatalogue['techniques'][number] | null {
  if (object['revoked'] === true || object['x_mitre_deprecated'] === true) return null;
  const references = Array.isArray(object['external_references'])
    ? object['external_references'].filter(isJsonObject)
    : [];
  const own = references.find((reference) => reference['source_name'] === 'mitre-attack');
  const id = textAt(own?.['external_id']);
  if (!/^T\d{4}(\.\d{3})?$/.test(id)) return null;
  const phases = Array.isArray(object['kill_chain_phases']) ? object['kill_chain_phases'].filter(isJsonObject) : [];
  const description = textAt(object['description']);
  return {
    id,
    name: textAt(object['name']),
    tactics: phases
      .filter((phase) => phase['kill_chain_name'] === 'mitre-attack')
      .map((phase) => textAt(phase['phase_name'])),
    version: textAt(object['x_mitre_version']),
    description:
      description.length > DESCRIPTION_LENGTH_MAX ? `${description.slice(0, DESCRIPTION_LENGTH_MAX)}…` : description,
    url: textAt(own?.['url']) || techniqueUrl(id),
  };
}

function statementOf(object: JsonObject): string {
  const definition = object['definition'];
  return isJsonObject(definition) ? textAt(definition['statement']) : '';
}

const textAt = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

const strings = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
