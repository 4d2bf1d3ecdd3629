import { RE2JS, RE2JSException } from 're2js';
import { ENTITY_KINDS, type EntityKind } from '../events/entity.ts';
import { type MetadataEntry, RISKS, type Risk } from '../rules/alert-rule.ts';
import { AppError } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import {
  DISPOSITIONS,
  type Disposition,
  INCIDENT_STATUSES,
  INCIDENT_TYPES,
  type IncidentStatus,
  type IncidentType,
} from './incident.ts';

/** UTF-16 units of a `name` pattern. */
export const NAME_PATTERN_CHARS_MAX = 1_000;
/** A clock that runs out within this time is `soon`. */
export const SLA_SOON_MS = 15 * 60_000;
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
  /** Found in the name in any case; or an id, a number, the value of an entity. */
  readonly text?: string | undefined;
  /** Object ids or `alertrule_id`s, any of. */
  readonly rules?: readonly string[] | undefined;
  /** All of. */
  readonly entities?: readonly { readonly kind?: EntityKind | undefined; readonly value: string }[] | undefined;
  /** Any of; null = none set. */
  readonly disposition?: readonly (Disposition | null)[] | undefined;
  /** A clock ran out, or will within `SLA_SOON_MS`. */
  readonly sla?: 'breached' | 'soon' | undefined;
  /** False: those that were merged into another are left out; true: only those. */
  readonly isMerged?: boolean | undefined;
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
  /** Whether all pages are counted. */
  readonly total?: boolean | undefined;
  readonly q?: string | undefined;
  readonly rule?: readonly string[] | undefined;
  /** `kind:value` or a value. */
  readonly entity?: readonly string[] | undefined;
  readonly disposition?: readonly string[] | undefined;
  readonly sla?: string | undefined;
  readonly merged?: string | undefined;
};

/** One of a word's known values, or a refusal that names them. */
function wordOf<T extends string>(field: string, known: readonly T[], value: string | undefined): T | undefined {
  return value === undefined || value === '' ? undefined : oneOf(field, known, [value])?.[0];
}

function entityOf(text: string): { readonly kind?: EntityKind; readonly value: string } {
  const colon = text.indexOf(':');
  const kind = ENTITY_KINDS.find((known) => known === text.slice(0, colon));
  return kind === undefined ? { value: text } : { kind, value: text.slice(colon + 1) };
}

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
    text: input.q === undefined || input.q.trim() === '' ? undefined : checkedText(input.q.trim()),
    rules: list('rule', input.rule),
    entities: list('entity', input.entity)?.map(entityOf),
    disposition: oneOf('disposition', [...DISPOSITIONS, 'none'], input.disposition)?.map((value) =>
      value === 'none' ? null : value,
    ),
    sla: wordOf('sla', ['breached', 'soon'], input.sla),
    isMerged: { no: false, only: true, any: undefined }[wordOf('merged', ['any', 'no', 'only'], input.merged) ?? 'any'],
  };
}

function checkedText(text: string): string {
  if (text.length <= NAME_PATTERN_CHARS_MAX) return text;
  throw invalid(`q has ${text.length} characters, at most ${NAME_PATTERN_CHARS_MAX} are allowed`);
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
