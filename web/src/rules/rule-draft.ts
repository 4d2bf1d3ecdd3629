import type { JsonObject } from '../../../src/shared/json.ts';
import { numberOf, textOf, textsOf } from '../api/read-json.ts';

/** What the editor holds of a rule, as it is typed. */
export type RuleDraft = {
  readonly name: string;
  readonly description: string;
  readonly query: string;
  readonly repos: readonly string[];
  readonly rangeAmount: string;
  readonly rangeUnit: RangeUnit;
  readonly conditionOption: string;
  readonly conditionValue: string;
  readonly limit: string;
  readonly risk: string;
  readonly owner: string;
  readonly assignedTo: string;
  /** ATT&CK ids, separated by blanks or commas. */
  readonly techniques: string;
};

export const RANGE_UNITS = ['minute', 'hour', 'day'] as const;
export type RangeUnit = (typeof RANGE_UNITS)[number];

export const CONDITIONS: readonly (readonly [string, string])[] = [
  ['greaterthan', 'more than'],
  ['moreequal', 'at least'],
  ['equalsto', 'exactly'],
  ['notequal', 'any number but'],
  ['lessthan', 'fewer than'],
  ['lessequal', 'at most'],
];

const HOUR_MINUTES = 60;
const DAY_MINUTES = 1_440;

export const newDraft = (query: string, owner: string): RuleDraft => ({
  name: '',
  description: '',
  query,
  repos: ['default'],
  rangeAmount: '10',
  rangeUnit: 'minute',
  conditionOption: 'greaterthan',
  conditionValue: '0',
  limit: '100',
  risk: 'medium',
  owner,
  assignedTo: '',
  techniques: '',
});

/** `row` is a rule whole, as `GET AlertRules/{id}` answers it. */
export function draftOf(fields: JsonObject, row: JsonObject): RuleDraft {
  const minutes = numberOf(fields['timerange_minute']);
  const unit = minutes % DAY_MINUTES === 0 ? 'day' : minutes % HOUR_MINUTES === 0 ? 'hour' : 'minute';
  return {
    name: textOf(fields['searchname']),
    description: textOf(fields['description']),
    query: textOf(fields['query']),
    repos: textsOf(fields['repos']),
    rangeAmount: String(minutes / { minute: 1, hour: HOUR_MINUTES, day: DAY_MINUTES }[unit]),
    rangeUnit: unit,
    conditionOption: textOf(fields['condition_option']),
    conditionValue: textOf(fields['condition_value']),
    limit: textOf(fields['limit']),
    risk: textOf(fields['risk']),
    owner: textOf(fields['owner']),
    assignedTo: textOf(fields['assigned_to']),
    techniques: textsOf(row['attack_id']).join(' '),
  };
}

/** The fields of `POST AlertRules`. Numbers that are none go as they were typed: the server names the field. */
export function fieldsOf(draft: RuleDraft): JsonObject {
  return {
    searchname: draft.name,
    description: draft.description,
    query: draft.query,
    repos: [...draft.repos],
    [`timerange_${draft.rangeUnit}`]: wholeOf(draft.rangeAmount),
    condition_option: draft.conditionOption,
    condition_value: wholeOf(draft.conditionValue),
    limit: wholeOf(draft.limit),
    risk: draft.risk,
    aggregate: 'max',
    owner: draft.owner,
    ...(draft.assignedTo === '' ? {} : { assigned_to: draft.assignedTo }),
    attack_tag: draft.techniques.split(/[\s,]+/).filter((id) => id !== ''),
  };
}

const wholeOf = (text: string): number | string => (/^\d{1,15}$/.test(text.trim()) ? Number(text) : text);

/** What an edit sends: only what was changed, so that all else (an interval, a throttling) stays as it is. */
export function changesOf(before: RuleDraft, after: RuleDraft): JsonObject {
  const old = fieldsOf(before);
  const changed = Object.entries(fieldsOf(after)).filter(
    ([name, value]) => JSON.stringify(old[name]) !== JSON.stringify(value),
  );
  const isFreed = after.assignedTo === '' && before.assignedTo !== '';
  return { ...Object.fromEntries(changed), ...(isFreed ? { assigned_to: '' } : {}) };
}

/** The fields of a saved rule with the changes over them, as the server puts them together when they are saved. */
export function editedFields(saved: JsonObject, changes: JsonObject): JsonObject {
  const isRanged = RANGE_UNITS.some((unit) => changes[`timerange_${unit}`] !== undefined);
  const kept = Object.entries(saved).filter(
    ([name, value]) => value !== null && !(isRanged && /^(timerange_|search_interval_)/.test(name)),
  );
  return { ...Object.fromEntries(kept), ...changes };
}
