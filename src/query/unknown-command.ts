import { nearest } from './nearest.ts';

/** What people write out of habit from other query languages, and what it is called here. */
const HABITS: ReadonlyMap<string, (rest: string) => string> = new Map<string, (rest: string) => string>([
  ['sort', (rest) => `write \`| order by ${sortKeys(rest)}\``],
  ['orderby', (rest) => `write \`| order by ${rest || 'column'}\``],
  ['where', (rest) => `write \`| search ${rest || 'condition'}\``],
  ['stats', (rest) => `write \`| chart ${rest || 'count()'}\``],
  ['summarize', (rest) => `write \`| chart ${rest || 'count()'}\``],
  ['count', () => 'write `| chart count()`'],
  ['table', (rest) => `write \`| fields ${rest || 'a, b'}\``],
  ['select', (rest) => `write \`| fields ${rest || 'a, b'}\``],
  ['project', (rest) => `write \`| fields ${rest || 'a, b'}\``],
  ['head', (rest) => `write \`| limit ${rest || '10'}\``],
  ['take', (rest) => `write \`| limit ${rest || '10'}\``],
  ['top', () => 'write `| chart count() by field order by count() desc limit 10`'],
  ['rare', () => 'write `| chart count() by field order by count() limit 10`'],
  ['eval', (rest) => `write \`| process eval ("${rest || 'x=1'}")\``],
  ['regex', () => 'write `| process regex("(?P<name>…)", field)`'],
  ['dedup', (rest) => `write \`| chart count() by ${rest || 'field'}\``],
]);

/** What to write instead of an unknown command; null when nothing is likely. */
export function adviceForCommand(name: string, rest: string, known: readonly string[]): string | null {
  const clipped = rest.length > 60 ? '' : rest;
  const habit = HABITS.get(name);
  if (habit !== undefined) return habit(clipped);
  const near = nearest(name, known);
  return near === null
    ? `commands are ${known.join(', ')}`
    : `write \`| ${near}${clipped === '' ? '' : ` ${clipped}`}\``;
}

/** `-count, user` as sort keys: a leading minus means descending elsewhere. */
function sortKeys(rest: string): string {
  const keys = rest
    .replace(/^by\b/i, '')
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
  if (keys.length === 0) return 'column desc';
  return keys
    .map((key) => (key.startsWith('-') ? `${columnOf(key.slice(1))} desc` : columnOf(key.replace(/^\+/, ''))))
    .join(', ');
}

const columnOf = (key: string): string => (key.trim() === 'count' ? 'count()' : key.trim());
