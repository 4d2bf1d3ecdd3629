import { isIP } from 'node:net';
import type { FieldReader } from '../rules/field-reader.ts';
import type { ChannelName, ChannelSecrets, ChannelSettings } from './channel-settings.ts';
import { CHANGE_CAUSES, type ChangeCause } from './message-content.ts';
import { DISPATCH_OPTIONS, type DispatchOption } from './rule-notification.ts';
import { parseTemplate, TEMPLATE_CHARS_MAX } from './templates/parser.ts';
import { checkShellTemplate } from './templates/shell-template.ts';
import { TemplateError } from './templates/template-error.ts';

/** What a request says about a channel of a rule. `off` clears it. With errors, `set` is not to be used. */
export type NotificationInput =
  | { readonly kind: 'off' }
  | {
      readonly kind: 'set';
      readonly dispatchOption: DispatchOption;
      readonly thresholdMs: number;
      readonly notifyOn: readonly ChangeCause[];
      readonly ratePerMinute?: number;
      readonly settings: ChannelSettings;
      readonly secrets: ChannelSecrets;
      readonly errors: Readonly<Record<string, readonly string[]>>;
    };

const RATE_PER_MINUTE_MAX = 6_000;
const THRESHOLD_VALUE_MAX = 43_200;
const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const UNITS = ['minute', 'hour', 'day'] as const;

/** A switch that cannot be read counts as on, so that its error is told. */
export function isOn(fields: FieldReader, field: string): boolean {
  if (!fields.has(field)) fields.fail(field, `${field} must be present in request.`);
  return fields.flag(field) || Object.keys(fields.errors).length > 0;
}

export function setChannel(
  fields: FieldReader,
  channel: ChannelName,
  settings: ChannelSettings,
  secrets: ChannelSecrets,
): NotificationInput {
  const dispatchOption = fields.has('dispatch_option') ? fields.choice('dispatch_option', DISPATCH_OPTIONS) : 'auto';
  const thresholdMs = readThreshold(fields, channel);
  const notifyOn = readNotifyOn(fields);
  const rate = fields.integer('rate_per_minute', { min: 0, max: RATE_PER_MINUTE_MAX, fallback: 0 });
  return {
    kind: 'set',
    dispatchOption: dispatchOption ?? 'auto',
    thresholdMs,
    notifyOn,
    ...(rate === 0 ? {} : { ratePerMinute: rate }),
    settings,
    secrets,
    errors: fields.errors,
  };
}

/** At most one notification per value and unit; 0 or nothing = each. */
function readThreshold(fields: FieldReader, channel: ChannelName): number {
  // The vendor names the pair of syslog without its channel.
  const prefix = channel === 'syslog' && fields.has('threshold_value') ? '' : `${channel}_`;
  const valueField = `${prefix}threshold_value`;
  const optionField = `${prefix}threshold_option`;
  const value = fields.integer(valueField, { min: 0, max: THRESHOLD_VALUE_MAX, fallback: 0 });
  if (value === 0) return 0;
  if (!fields.has(optionField)) {
    fields.fail(optionField, `${optionField} must be present with ${valueField}`);
    return 0;
  }
  const unit = fields.choice(optionField, UNITS, { minutes: 'minute', hours: 'hour', days: 'day' });
  return unit === null ? 0 : value * UNIT_MS[unit];
}

function readNotifyOn(fields: FieldReader): readonly ChangeCause[] {
  const words = fields.texts('notify_on', { countMax: CHANGE_CAUSES.length, charsMax: 20 });
  return words.flatMap((word) => {
    const cause = CHANGE_CAUSES.find((known) => known === word.trim().toLowerCase());
    if (cause !== undefined) return [cause];
    fields.fail('notify_on', `notify_on must hold ${CHANGE_CAUSES.join(', ')}, not ${JSON.stringify(word)}`);
    return [];
  });
}

/** A Jinja template, parsed already now; with `forShell` one whose values may stand in a shell command. */
export function readTemplate(
  fields: FieldReader,
  field: string,
  options: { readonly required?: boolean; readonly forShell?: boolean } = {},
): string {
  const source = fields.text(field, { charsMax: TEMPLATE_CHARS_MAX, required: options.required ?? false });
  try {
    const template = parseTemplate(source);
    if (options.forShell === true) checkShellTemplate(template);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    fields.fail(field, `${field} at ${error.message}`);
  }
  return source;
}

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;

/** A host name or an address, without brackets; '' with an error when it is neither. */
export function readHost(fields: FieldReader, field: string): string {
  const text = fields
    .text(field, { charsMax: 255, required: true })
    .trim()
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  if (text === '' || isIP(text) !== 0 || HOST.test(text)) return text;
  fields.fail(field, `${field} is ${JSON.stringify(text.slice(0, 80))}, expected a host name or an address`);
  return '';
}

export const readPort = (fields: FieldReader, field: string, fallback?: number): number =>
  fields.integer(field, { min: 1, max: 65_535, ...(fallback === undefined ? {} : { fallback }) });

const SECRET_CHARS_MAX = 2_000;

/** A secret, taken as it is: blanks may belong to it. */
export const readSecret = (
  fields: FieldReader,
  field: string,
  options: { readonly required?: boolean; readonly charsMax?: number } = {},
): string =>
  fields.text(field, { charsMax: options.charsMax ?? SECRET_CHARS_MAX, required: options.required ?? false });
