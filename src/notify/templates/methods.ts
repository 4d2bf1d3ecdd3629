import type { CallArguments, FilterContext } from './filters.ts';
import { Loop } from './loop.ts';
import { display, isDict, isText, itemOf, TemplateFault, textOf, typeName, type Value } from './value.ts';

export type Method = (object: Value, args: CallArguments, context: FilterContext) => Value;

const ofDict =
  (run: (dict: { readonly [key: string]: Value }, args: CallArguments) => Value): Method =>
  (object, args) => {
    if (!isDict(object)) throw new TemplateFault(`${typeName(object)} is no mapping`);
    return run(object, args);
  };

const ofText =
  (run: (text: string, args: readonly string[]) => Value): Method =>
  (object, args, { meter }) => {
    if (!isText(object)) throw new TemplateFault(`${typeName(object)} is no text`);
    const value = run(
      textOf(object),
      args.positional.map((value) => display(value, meter)),
    );
    meter.chars(textOf(object).length);
    return value;
  };

/** The only things that can be called. */
export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['items', ofDict((dict) => Object.entries(dict).map(([key, value]) => [key, value]))],
  ['keys', ofDict((dict) => Object.keys(dict))],
  ['values', ofDict((dict) => Object.values(dict))],
  ['get', ofDict((dict, { positional }) => itemOf(dict, positional[0]) ?? positional[1] ?? null)],
  ['upper', ofText((text) => text.toUpperCase())],
  ['lower', ofText((text) => text.toLowerCase())],
  ['strip', ofText((text) => text.trim())],
  ['startswith', ofText((text, [prefix]) => text.startsWith(prefix ?? ''))],
  ['endswith', ofText((text, [suffix]) => text.endsWith(suffix ?? ''))],
  ['split', ofText((text, [separator]) => (separator ? text.split(separator) : text.trim().split(/\s+/)))],
  [
    'cycle',
    (object, { positional }) => {
      if (!(object instanceof Loop)) throw new TemplateFault(`${typeName(object)} has no cycle()`);
      return object.cycle(positional);
    },
  ],
]);
