import { RE2JS, RE2JSException } from 're2js';
import { type MetadataEntry, RISKS, type Risk } from '../rules/alert-rule.ts';
import { AppError } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import { INCIDENT_STATUSES, INCIDENT_TYPES, type IncidentStatus, type IncidentType } from './incident.ts';

/** UTF-16 units of a `name` pattern. */
export const NAME_PATTERN_CHARS_MAX = 1_000;
/** Values in one list of a filter. */
export const FILTER_VALUES_MAX = 500;

/** Which incidents: every given part must hold, a missing part always does. Source: contract, section 3, "Filters". */
export type IncidentFilter = {
  /** Any of. */
  readonly assignedTo?: readonly ObjectId[] | undefined;
  readonly risk?: readonly Risk[] | undefined;
  readonly status?: readonly IncidentStatus[] | undefined;
  readonly type?: readonly IncidentType[] | undefined;
  /** All of. */
  readonly attackCategory?: readonly string[] | undefined;
  readonly attackTag?: readonly string[] | undefined;
  readonly logSource?: readonly string[] | undefined;
  readonly metadata?: readonly MetadataEntry[] | undefined;
  /** Name, alert-rule id, incident id (either), number, or a pattern found in the name. */
  readonly name?: string | undefined;
  /** `detected_at` and `updated_at`, Unix ms, inclusive. */
  readonly detectedFromMs?: number | undefined;
  readonly detectedToMs?: number | undefined;
  readonly updatedFromMs?: number | undefined;
};

/** As the API's `data` has it, shapes already checked. */
export type FetchIncidentsInput = {
  readonly assigned_to_users?: readonly string[] | undefined;
  readonly attack_category?: readonly string[] | undefined;
  readonly attack_tag?: readonly string[] | undefined;
  readonly log_source?: readonly string[] | undefined;
  readonly metadata?: readonly MetadataEntry[] | undefined;
  readonly name?: string | undefined;
  readonly risk?: readonly string[] | undefined;
  readonly status?: readonly string[] | undefined;
  readonly type?: readonly string[] | undefined;
  /** Epoch seconds; both or none. */
  readonly start_date?: number | undefined;
  readonly end_date?: number | undefined;
  readonly updated_since?: number | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

const invalid = (message: string): AppError => new AppError('invalid', 'INCIDENT_FILTER', message);

/** The values as the list spells them, in any case; an empty list is no filter. */
function oneOf<T extends string>(field: string, known: readonly T[], values: readonly string[] | undefined) {
  if (values === undefined || values.length === 0) return undefined;
  return values.map((value) => {
    const found = known.find((name) => name.toLowerCase() === value.toLowerCase());
    if (found === undefined)
      throw invalid(`${field} is "${value}", expected one of: ${known.join(', ').toLowerCase()}`);
    return found;
  });
}

function list<T>(field: string, values: readonly T[] | undefined): readonly T[] | undefined {
  if (values === undefined || values.length === 0) return undefined;
  if (values.length > FILTER_VALUES_MAX) {
    throw invalid(`${field} has ${values.length} values, at most ${FILTER_VALUES_MAX} are allowed`);
  }
  return values;
}

const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;

/** @throws AppError `INCIDENT_FILTER` (kind `invalid`) */
export function filterOf(input: FetchIncidentsInput): IncidentFilter {
  if ((input.start_date === undefined) !== (input.end_date === undefined)) {
    throw invalid(`${input.start_date === undefined ? 'start_date' : 'end_date'} must be present in request.`);
  }
  return {
    assignedTo: list('assigned_to_users', input.assigned_to_users),
    risk: oneOf('risk', RISKS, input.risk),
    status: oneOf('status', INCIDENT_STATUSES, input.status),
    type: oneOf('type', INCIDENT_TYPES, input.type),
    attackCategory: list('attack_category', input.attack_category),
    attackTag: list('attack_tag', input.attack_tag),
    logSource: list('log_source', input.log_source),
    metadata: list('metadata', input.metadata),
    name: input.name === undefined || input.name === '' ? undefined : input.name,
    detectedFromMs: milliseconds(input.start_date),
    detectedToMs: milliseconds(input.end_date),
    updatedFromMs: milliseconds(input.updated_since),
  };
}

/**
 * Tells whether a text holds the pattern anywhere. RE2 syntax: time is linear in the text, whatever the pattern.
 *
 * @throws AppError `INCIDENT_FILTER` for a pattern that is too long or not RE2
 */
export function namePattern(pattern: string): (text: string) => boolean {
  if (pattern.length > NAME_PATTERN_CHARS_MAX) {
    throw invalid(`name is a pattern of ${pattern.length} characters, at most ${NAME_PATTERN_CHARS_MAX} are allowed`);
  }
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.matcher(text).find();
  } catch (error) {
    if (error instanceof RE2JSException) throw invalid(`name is not a valid pattern: ${error.message}`);
    throw error;
  }
}
