import type { JsonObject } from '../shared/json.ts';
import {
  AGGREGATES,
  type AlertRule,
  DELAY_MINUTES_MAX,
  type MetadataEntry,
  RANGE_MINUTES_MAX,
  RISKS,
  type RuleSpec,
  type Throttling,
} from './alert-rule.ts';
import { CONDITION_OPTIONS } from './condition.ts';
import { FieldReader } from './field-reader.ts';

export const NAME_CHARS_MAX = 250;
export const DESCRIPTION_CHARS_MAX = 10_000;
export const QUERY_CHARS_MAX = 65_536;
export const TEMPLATE_CHARS_MAX = 100_000;
export const LIST_COUNT_MAX = 200;
export const LIMIT_MAX = 100_000;
export const CONDITION_VALUE_MAX = 1_000_000;
const TEXT_CHARS_MAX = 1_000;
/** The vendor's interval when none is given, where it divides the range. Source: contract/incident-api.md, C.4. */
const INTERVAL_MINUTES_DEFAULT = 10;

/** A rule as the caller wrote it: well formed, but owner, users, repos, tags and query not looked up yet. */
export type RuleDraft = Omit<RuleSpec, 'attack'> & {
  readonly owner: string;
  /** Hashes, ids or technique ids. */
  readonly attackTags: readonly string[];
};

export type RuleInput = {
  readonly draft: RuleDraft;
  readonly errors: Readonly<Record<string, readonly string[]>>;
};

/** Reads the flat `data` of create and edit. With errors, the draft is not to be used. Source: director-api.md, 5. */
export function readRuleInput(data: JsonObject): RuleInput {
  const fields = new FieldReader(data);
  const rangeMinutes = readRange(fields);
  const draft: RuleDraft = {
    name: fields.text('searchname', { charsMax: NAME_CHARS_MAX, required: true }).trim(),
    description: fields.text('description', { charsMax: DESCRIPTION_CHARS_MAX }),
    owner: fields.text('owner', { charsMax: TEXT_CHARS_MAX, required: true }),
    query: fields.text('query', { charsMax: QUERY_CHARS_MAX }),
    repos: fields.texts('repos', { countMax: LIST_COUNT_MAX, charsMax: TEXT_CHARS_MAX }),
    limit: fields.integer('limit', { min: 1, max: LIMIT_MAX }),
    rangeMinutes,
    intervalMinutes: readInterval(fields, rangeMinutes),
    delayMinutes: fields.integer('delay_interval_minute', { min: 0, max: DELAY_MINUTES_MAX, fallback: 0 }),
    conditionOption:
      fields.choice('condition_option', CONDITION_OPTIONS, { equals: 'equalsto' }) ?? CONDITION_OPTIONS[0],
    conditionValue: fields.integer('condition_value', { min: 0, max: CONDITION_VALUE_MAX }),
    risk: fields.choice('risk', RISKS) ?? RISKS[0],
    aggregate: fields.choice('aggregate', AGGREGATES) ?? AGGREGATES[0],
    flushOnTrigger: fields.flag('flush_on_trigger'),
    assignedTo: fields.text('assigned_to', { charsMax: TEXT_CHARS_MAX }) || null,
    manageableBy: fields.texts('manageable_by', { countMax: LIST_COUNT_MAX, charsMax: TEXT_CHARS_MAX }),
    attackTags: fields.texts('attack_tag', { countMax: LIST_COUNT_MAX, charsMax: TEXT_CHARS_MAX }),
    logSource: fields.texts('log_source', { countMax: LIST_COUNT_MAX, charsMax: TEXT_CHARS_MAX }),
    metadata: readMetadata(fields),
    applyJinjaTemplate: fields.flag('apply_jinja_template'),
    alertContextTemplate: fields.text('alert_context_template', { charsMax: TEMPLATE_CHARS_MAX }),
    throttling: readThrottling(fields),
    originalData: fields.flag('original_data'),
  };
  if (/\p{Cc}/u.test(draft.name)) fields.fail('searchname', 'searchname must not hold control characters');
  if (draft.name === '' && fields.has('searchname')) fields.fail('searchname', 'searchname must not be blank');
  if (draft.repos.length === 0) fields.fail('repos', 'repos must name at least one repo');
  return { draft, errors: fields.errors };
}

const RANGE_UNITS = [
  { field: 'timerange_minute', minutes: 1 },
  { field: 'timerange_hour', minutes: 60 },
  { field: 'timerange_day', minutes: 1440 },
] as const;

/** Minutes, hours and days add up, so that a client may send all three with zeros. */
function readRange(fields: FieldReader): number {
  let minutes = 0;
  let isGiven = false;
  for (const unit of RANGE_UNITS) {
    if (!fields.has(unit.field)) continue;
    isGiven = true;
    minutes += unit.minutes * fields.integer(unit.field, { min: 0, max: RANGE_MINUTES_MAX });
  }
  if (!isGiven)
    fields.fail('timerange_minute', 'one of timerange_minute, timerange_hour, timerange_day must be present');
  else if (minutes < 1 || minutes > RANGE_MINUTES_MAX) {
    fields.fail('timerange_minute', `the time range is ${minutes} minutes long, 1 minute to 30 days are allowed`);
  }
  return minutes;
}

function readInterval(fields: FieldReader, rangeMinutes: number): number {
  if (!fields.has('search_interval_minute')) return defaultInterval(rangeMinutes);
  const interval = fields.integer('search_interval_minute', { min: 1, max: RANGE_MINUTES_MAX });
  if (rangeMinutes >= 1 && rangeMinutes % interval !== 0) {
    fields.fail(
      'search_interval_minute',
      `search_interval_minute must divide the time range: ${interval} does not divide ${rangeMinutes} minutes`,
    );
  }
  return interval;
}

/** The largest divisor of the range up to the vendor's default. */
function defaultInterval(rangeMinutes: number): number {
  for (let interval = INTERVAL_MINUTES_DEFAULT; interval > 1; interval -= 1) {
    if (rangeMinutes % interval === 0 && rangeMinutes >= interval) return interval;
  }
  return 1;
}

function readThrottling(fields: FieldReader): Throttling | null {
  if (!fields.flag('throttling_enabled')) return null;
  return {
    field: fields.text('throttling_field', { charsMax: TEXT_CHARS_MAX, required: true }),
    rangeMinutes: fields.integer('throttling_time_range', { min: 1, max: RANGE_MINUTES_MAX }),
  };
}

function readMetadata(fields: FieldReader): readonly MetadataEntry[] {
  return fields.objects('metadata', LIST_COUNT_MAX).map((entry) => {
    const inner = new FieldReader(entry);
    const field = inner.text('field', { charsMax: TEXT_CHARS_MAX, required: true });
    const value = inner.text('value', { charsMax: DESCRIPTION_CHARS_MAX });
    for (const [name, messages] of Object.entries(inner.errors)) {
      for (const message of messages) fields.fail('metadata', `metadata ${name}: ${message}`);
    }
    return { field, value };
  });
}

/** The `data` that would make this rule: what an edit starts from, so that what it does not name stays as it was. */
export function inputOf(rule: AlertRule): JsonObject {
  return {
    searchname: rule.name,
    description: rule.description,
    owner: rule.ownerId,
    query: rule.query,
    repos: rule.repos,
    limit: rule.limit,
    timerange_minute: rule.rangeMinutes,
    search_interval_minute: rule.intervalMinutes,
    delay_interval_minute: rule.delayMinutes,
    condition_option: rule.conditionOption,
    condition_value: rule.conditionValue,
    risk: rule.risk,
    aggregate: rule.aggregate,
    flush_on_trigger: rule.flushOnTrigger,
    assigned_to: rule.assignedTo,
    manageable_by: rule.manageableBy,
    attack_tag: rule.attack.map((entry) => entry.hash),
    log_source: rule.logSource,
    metadata: rule.metadata.map(({ field, value }) => ({ field, value })),
    apply_jinja_template: rule.applyJinjaTemplate,
    alert_context_template: rule.alertContextTemplate,
    throttling_enabled: rule.throttling !== null,
    throttling_field: rule.throttling?.field ?? null,
    throttling_time_range: rule.throttling?.rangeMinutes ?? null,
    original_data: rule.originalData,
  };
}

/** What an edit asks for, over the rule as it is. A new range replaces the old one; the owner always stays. */
export function mergedInput(rule: AlertRule, data: JsonObject): JsonObject {
  const current: Record<string, JsonObject[string]> = { ...inputOf(rule) };
  const namesRange = RANGE_UNITS.some(({ field }) => Object.hasOwn(data, field) && data[field] !== null);
  if (namesRange) delete current['timerange_minute'];
  // The old interval need not divide the new range; the caller did not ask for it either.
  if (namesRange && !Object.hasOwn(data, 'search_interval_minute')) delete current['search_interval_minute'];
  return { ...current, ...data, owner: rule.ownerId };
}
