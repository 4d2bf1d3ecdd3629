import type { Meter } from './meter.ts';
import { showTime, timeOf } from './show-time.ts';
import {
  asNumber,
  compare,
  display,
  elementsOf,
  isDict,
  isEqual,
  isList,
  isText,
  isTrue,
  itemOf,
  SafeText,
  TemplateFault,
  textOf,
  toJson,
  typeName,
  type Value,
} from './value.ts';

export type FilterContext = { readonly meter: Meter; readonly timeZone: string };
export type CallArguments = {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
};
export type Filter = (value: Value, args: CallArguments, context: FilterContext) => Value;

/** The argument at a place or under a name; undefined when it was not given. */
export const argument = (args: CallArguments, place: number, name: string): Value =>
  args.named.has(name) ? args.named.get(name) : args.positional[place];

function numberArgument(args: CallArguments, place: number, name: string, otherwise: number): number {
  const value = argument(args, place, name);
  if (value === undefined || value === null) return otherwise;
  const number = asNumber(value);
  if (number === undefined || !Number.isFinite(number)) throw new TemplateFault(`${name} is no number`);
  return number;
}

const words =
  (change: (text: string) => string): Filter =>
  (value, _args, { meter }) =>
    meter.text(change(display(value, meter)));

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => HTML[char] ?? char);

const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
export const encodeUrl = (text: string): string => encodeURIComponent(text.replace(LONE_SURROGATES, '\ufffd'));

const DATE_FORMAT = '%Y/%m/%d';
const DATETIME_FORMAT = '%Y/%m/%d %H:%M:%S';
const READABLE_FORMAT = '%a, %d %b %Y %H:%M:%S %Z';

const time =
  (format: string): Filter =>
  (value, args, { meter, timeZone }) => {
    const ms = timeOf(value);
    const asked = argument(args, 0, 'format');
    // What is no time is shown as it is: a message with an odd field beats none.
    if (ms === undefined) return display(value, meter);
    return meter.text(showTime(ms, isText(asked) ? textOf(asked).slice(0, 200) : format, timeZone));
  };

const readable: Filter = (value, args, context) => {
  const { meter } = context;
  if (isList(value)) return meter.text(value.map((item) => display(item, meter)).join(', '));
  if (isDict(value)) {
    return meter.text(
      Object.entries(value)
        .map(([key, item]) => `${key}: ${display(item, meter)}`)
        .join(', '),
    );
  }
  return time(READABLE_FORMAT)(value, args, context);
};

const orDefault: Filter = (value, args) => {
  const isMissing = value === undefined || (isTrue(argument(args, 1, 'boolean')) && !isTrue(value));
  return isMissing ? (argument(args, 0, 'default_value') ?? '') : value;
};

const join: Filter = (value, args, { meter }) => {
  const separator = display(argument(args, 0, 'd') ?? '', meter);
  const attribute = argument(args, 1, 'attribute');
  const items = elementsOf(value, meter).map((item) =>
    display(attribute === undefined ? item : itemOf(item, attribute), meter),
  );
  meter.chars(items.reduce((sum, item) => sum + item.length + separator.length, 0));
  return items.join(separator);
};

const replace: Filter = (value, args, { meter }) => {
  const text = display(value, meter);
  const from = display(argument(args, 0, 'old'), meter);
  const to = display(argument(args, 1, 'new'), meter);
  if (from === '') return text;
  const parts = text.split(from);
  meter.chars(text.length + (parts.length - 1) * to.length);
  return parts.join(to);
};

const truncate: Filter = (value, args, { meter }) => {
  const text = display(value, meter);
  const length = Math.max(0, Math.floor(numberArgument(args, 0, 'length', 255)));
  if (text.length <= length) return text;
  const end = display(argument(args, 2, 'end') ?? '...', meter);
  const kept = text.slice(0, Math.max(0, length - end.length));
  const lastBlank = kept.lastIndexOf(' ');
  const isCutInWord = isTrue(argument(args, 1, 'killwords')) || lastBlank <= 0;
  return meter.text((isCutInWord ? kept : kept.slice(0, lastBlank)) + end);
};

const round: Filter = (value, args) => {
  const number = asNumber(value);
  if (number === undefined) throw new TemplateFault(`cannot round ${typeName(value)}`);
  const factor = 10 ** Math.min(15, Math.max(0, Math.floor(numberArgument(args, 0, 'precision', 0))));
  const method = argument(args, 1, 'method');
  const change = method === 'ceil' ? Math.ceil : method === 'floor' ? Math.floor : Math.round;
  const rounded = change(number * factor) / factor;
  return Number.isFinite(rounded) ? rounded : number;
};

const length: Filter = (value) => {
  if (isText(value)) return [...textOf(value)].length;
  if (isList(value)) return value.length;
  if (isDict(value)) return Object.keys(value).length;
  if (value === undefined || value === null) return 0;
  throw new TemplateFault(`${typeName(value)} has no length`);
};

const sort: Filter = (value, args, { meter }) => {
  const attribute = argument(args, 2, 'attribute');
  const keyOf = (item: Value): Value => (attribute === undefined ? item : itemOf(item, attribute));
  const items = [...elementsOf(value, meter)];
  meter.step(items.length * 16);
  items.sort((a, b) => compare(keyOf(a), keyOf(b)) ?? 0);
  return isTrue(argument(args, 0, 'reverse')) ? items.reverse() : items;
};

const unique: Filter = (value, args, { meter }) => {
  const attribute = argument(args, 1, 'attribute');
  const kept = new Map<string, Value>();
  for (const item of elementsOf(value, meter)) {
    const key = toJson(attribute === undefined ? item : itemOf(item, attribute), meter);
    if (!kept.has(key)) kept.set(key, item);
  }
  return [...kept.values()];
};

const mapAttribute: Filter = (value, args, { meter }) => {
  const attribute = args.named.get('attribute');
  if (attribute === undefined) throw new TemplateFault("map expects attribute='…'");
  return elementsOf(value, meter).map((item) => {
    meter.step(1);
    return itemOf(item, attribute);
  });
};

const numbersOf = (value: Value, args: CallArguments, meter: Meter): number[] => {
  const attribute = args.named.get('attribute');
  return elementsOf(value, meter).map((item) => {
    meter.step(1);
    return asNumber(attribute === undefined ? item : itemOf(item, attribute)) ?? 0;
  });
};

const extreme =
  (sign: 1 | -1): Filter =>
  (value, _args, { meter }) => {
    let best: Value;
    for (const item of elementsOf(value, meter)) {
      meter.step(1);
      if (best === undefined || (compare(item, best) ?? 0) * sign > 0) best = item;
    }
    return best;
  };

const toNumber =
  (isWhole: boolean): Filter =>
  (value, args) => {
    const number = asNumber(value) ?? (typeof value === 'boolean' ? Number(value) : undefined);
    if (number === undefined) return argument(args, 0, 'default') ?? 0;
    return isWhole ? Math.trunc(number) : number;
  };

const select: (isWanted: (value: Value, wanted: Value, meter: Meter) => boolean) => Filter =
  (isWanted) =>
  (value, args, { meter }) => {
    const attribute = args.positional[0];
    if (attribute === undefined) throw new TemplateFault('expected the name of an attribute');
    return elementsOf(value, meter).filter((item) => {
      meter.step(1);
      return isWanted(itemOf(item, attribute), args.positional[2], meter);
    });
  };

/** Filters by name: Jinja's common ones and the vendor's `datetime`, `date`, `readable`. */
export const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['datetime', time(DATETIME_FORMAT)],
  ['date', time(DATE_FORMAT)],
  ['readable', readable],
  ['default', orDefault],
  ['d', orDefault],
  ['upper', words((text) => text.toUpperCase())],
  ['lower', words((text) => text.toLowerCase())],
  ['capitalize', words((text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase())],
  ['title', words((text) => text.toLowerCase().replace(/(^|[^\p{L}\p{N}])(\p{L})/gu, (all) => all.toUpperCase()))],
  ['trim', words((text) => text.trim())],
  ['striptags', words((text) => text.replace(/<[^<>]*>/g, ''))],
  ['string', words((text) => text)],
  ['length', length],
  ['count', length],
  ['join', join],
  ['escape', (value, _args, { meter }) => new SafeText(meter.text(escapeHtml(display(value, meter))))],
  ['e', (value, _args, { meter }) => new SafeText(meter.text(escapeHtml(display(value, meter))))],
  ['safe', (value, _args, { meter }) => new SafeText(display(value, meter))],
  ['tojson', (value, _args, { meter }) => new SafeText(toJson(value, meter))],
  ['urlencode', (value, _args, { meter }) => new SafeText(meter.text(encodeUrl(display(value, meter))))],
  ['truncate', truncate],
  ['replace', replace],
  ['round', round],
  ['int', toNumber(true)],
  ['float', toNumber(false)],
  ['abs', (value) => Math.abs(asNumber(value) ?? 0)],
  ['first', (value, _args, { meter }) => elementsOf(value, meter)[0]],
  ['last', (value, _args, { meter }) => elementsOf(value, meter).at(-1)],
  ['list', (value, _args, { meter }) => elementsOf(value, meter)],
  ['reverse', (value, _args, { meter }) => [...elementsOf(value, meter)].reverse()],
  ['sort', sort],
  ['unique', unique],
  ['map', mapAttribute],
  [
    'selectattr',
    select((value, wanted, meter) => (wanted === undefined ? isTrue(value) : isEqual(value, wanted, meter))),
  ],
  [
    'rejectattr',
    select((value, wanted, meter) => !(wanted === undefined ? isTrue(value) : isEqual(value, wanted, meter))),
  ],
  ['sum', (value, args, { meter }) => numbersOf(value, args, meter).reduce((sum, number) => sum + number, 0)],
  ['min', extreme(-1)],
  ['max', extreme(1)],
]);
