import { AGGREGATE_NAMES, TIME_UNITS } from './ast.ts';
import { STREAM_OPERATIONS } from './ast-stream.ts';
import { COMMANDS } from './parse-command.ts';
import { PROCESSORS } from './parse-process.ts';
import { OPERAND_FUNCTIONS } from './parse-term.ts';
import type { Place } from './scan-cursor.ts';

/** What a place takes beside the names that only the caller knows. */
export type Wanted = {
  readonly names?: readonly ('column' | 'value' | 'list' | 'table')[];
  readonly keywords?: readonly string[];
  readonly commands?: readonly string[];
  readonly functions?: readonly string[];
  readonly processors?: readonly string[];
};

const FUNCTIONS = [...OPERAND_FUNCTIONS];
const COMMAND_NAMES = [...COMMANDS.keys()];
const UNITS = TIME_UNITS.flatMap((unit) => [`${unit}s`, unit]);
/** Functions of `process eval`. */
const EVAL_FUNCTIONS = ['case', 'isnotnull', 'isnull', 'issubstr', 'match', 'strftime'];

/** By place, the most likely first. */
export const WANTED: Readonly<Record<Place, Wanted>> = {
  term: { names: ['column'], functions: FUNCTIONS, keywords: ['NOT', 'table'] },
  'after-term': { names: ['column'], functions: FUNCTIONS, keywords: ['AND', 'OR', 'NOT', 'IN', '|'] },
  value: { names: ['value'] },
  'list-value': { names: ['value'] },
  'after-list-value': { keywords: [',', ']'] },
  set: { names: ['list'], keywords: ['['] },
  table: { names: ['table'] },
  operator: { keywords: ['=', '!=', '<', '<=', '>', '>=', 'IN'] },
  command: { commands: COMMAND_NAMES },
  aggregate: { functions: AGGREGATE_NAMES },
  measured: { names: ['column'] },
  'after-aggregate': { keywords: ['as', 'by', 'order by', 'limit', '|'] },
  'after-bucket': { keywords: ['as', 'by', 'every', 'order by', 'limit', '|'] },
  group: { names: ['column'], functions: FUNCTIONS },
  'after-group': { keywords: ['order by', 'limit', '|'] },
  'after-time-group': { keywords: ['every', 'order by', 'limit', '|'] },
  by: { keywords: ['by'] },
  'sort-key': { names: ['column'] },
  'after-sort-key': { keywords: ['desc', 'asc', 'limit', '|'] },
  'after-order': { keywords: ['limit', '|'] },
  number: {},
  unit: { keywords: UNITS },
  'new-name': {},
  as: { keywords: ['as'] },
  field: { names: ['column'] },
  'after-field': { names: ['column'], keywords: ['|'] },
  'pattern-start': { keywords: ['on'] },
  processor: { processors: PROCESSORS },
  argument: { names: ['column'] },
  'list-argument': { names: ['list'] },
  'table-argument': { names: ['table'] },
  'after-process': { keywords: ['as', '|'] },
  'eval-value': { names: ['column'], functions: EVAL_FUNCTIONS },
  'stream-start': { keywords: ['['] },
  'after-stream': { keywords: ['as', ...STREAM_OPERATIONS, '|'] },
  'after-link': { keywords: ['on', 'within', ...STREAM_OPERATIONS, '|'] },
  same: { keywords: ['same'] },
  nothing: { keywords: ['|'] },
};
