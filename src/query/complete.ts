import { WANTED } from './complete-places.ts';
import type { Span } from './diagnostics.ts';
import type { Place, ScanCursor } from './scan-cursor.ts';
import { scanQuery } from './scan-query.ts';
import { BARE_FIELD, RESERVED_WORDS } from './tokens.ts';

/** Names that the caller knows, most wanted first; all may be empty. */
export type KnownNames = {
  readonly fields: readonly string[];
  readonly lists: readonly string[];
  readonly tables: readonly string[];
  /** Values that a field is known to have. */
  readonly values: (field: string) => readonly string[];
};

export const SUGGESTION_KINDS = [
  'field',
  'value',
  'list',
  'table',
  'keyword',
  'command',
  'function',
  'processor',
] as const;
export type SuggestionKind = (typeof SUGGESTION_KINDS)[number];

/** `insert` replaces the text in `Completion.span`; `label` is what is shown. */
export type Suggestion = { readonly kind: SuggestionKind; readonly label: string; readonly insert: string };
export type Completion = { readonly span: Span; readonly suggestions: readonly Suggestion[] };

/** Suggestions that one answer holds; what is typed next narrows them. */
export const suggestionsMax = 100;

/**
 * What may stand at `cursor` (UTF-16 offset), narrowed by the word before it: names that start with it first, then
 * those that hold it. `span` is the word under the cursor, which a suggestion replaces. Pure, runs in a browser.
 */
export function completeQuery(text: string, cursor: number, known: KnownNames): Completion {
  const at = Math.max(0, Math.min(cursor, text.length));
  const before = scanQuery(text.slice(0, at));
  const last = before.items.at(-1);
  const touches = last !== undefined && last.span.end === at;
  if (touches && (last.kind === 'comment' || last.kind === 'pattern'))
    return { span: { start: at, end: at }, suggestions: [] };
  const isWord =
    touches && /[\p{L}\p{N}_."'*?]$/u.test(text.slice(last.span.start, at)) && !isClosedQuote(text, last.span);
  const start = isWord ? last.span.start : at;
  const word = text.slice(start, at);
  const place = isWord ? last.place : before.place;
  const field = isWord ? last.field : before.field;
  const columns = isWord ? last.columns : before.columns;
  const quote = /^["']/.exec(word)?.[0] ?? '';
  const prefix = word.slice(quote.length).toLowerCase();
  const end = isWord ? endOfWord(text, at, quote) : at;
  const all = [
    ...namesAt({ place, field, columns, scan: before }, known, quote),
    ...(quote === '' ? wordsAt(place) : []),
  ];
  return { span: { start, end }, suggestions: narrow(all, prefix) };
}

function isClosedQuote(text: string, { start, end }: Span): boolean {
  const quote = text.charAt(start);
  return (quote === '"' || quote === "'") && end - start > 1 && text.charAt(end - 1) === quote;
}

/** A suggestion replaces the rest of the word too, and a quote that closes it. */
function endOfWord(text: string, at: number, quote: string): number {
  let end = at;
  while (end < text.length && /[\p{L}\p{M}\p{N}_.]/u.test(text.charAt(end))) end++;
  return quote !== '' && text.charAt(end) === quote ? end + 1 : end;
}

type Site = {
  readonly place: Place;
  readonly field: string | null;
  readonly columns: readonly string[] | null;
  readonly scan: ScanCursor;
};

function namesAt(site: Site, known: KnownNames, quote: string): Suggestion[] {
  const { place, field } = site;
  const suggestions: Suggestion[] = [];
  for (const what of WANTED[place].names ?? []) {
    if (what === 'value') {
      const values = field === null ? [] : known.values(field);
      suggestions.push(...values.map((value) => suggest('value', value, quoteValue(value, quote))));
    } else if (what === 'list') {
      suggestions.push(
        ...known.lists.map((name) => suggest('list', name, quote === '' ? name : `${quote}${name}${quote}`)),
      );
    } else if (what === 'table') {
      suggestions.push(
        ...known.tables.map((name) =>
          suggest('table', name, quoteValue(name, quote === '' && place === 'table' ? '"' : quote)),
        ),
      );
    } else {
      suggestions.push(...fieldsAt(site, known).map((name) => suggest('field', name, quoteName(name, quote))));
    }
  }
  return suggestions;
}

/** After a chart its columns are all there is; before one, fields that commands made come first. */
function fieldsAt({ columns, scan }: Site, known: KnownNames): string[] {
  if (columns !== null) return [...new Set([...columns, ...scan.names])];
  const plain = [...scan.names, ...known.fields];
  if (scan.isInStream || scan.streams.size === 0) return [...new Set(plain)];
  const ofStreams = [...scan.streams].flatMap((stream) => known.fields.map((field) => `${stream}.${field}`));
  return [...new Set([...scan.names, ...ofStreams])];
}

const FUNCTION_CALL = /^\w+\(.*\)$/s;

function quoteName(name: string, quote: string): string {
  if (quote !== '') return `${quote}${name}${quote}`;
  const isPlain = BARE_FIELD.test(name) && !RESERVED_WORDS.has(name.toLowerCase());
  return isPlain || FUNCTION_CALL.test(name) ? name : quoteValue(name, '"');
}

const BARE_VALUE = /^[^\s()[\],|="'<>\u200b/-][^\s()[\],|="'\u200b]*$/u;

/** There are no escapes: a value with one kind of quote stands in the other. */
function quoteValue(value: string, quote: string): string {
  if (quote === '' && BARE_VALUE.test(value)) return value;
  const wanted = quote === '' ? '"' : quote;
  const chosen = value.includes(wanted) ? (wanted === '"' ? "'" : '"') : wanted;
  return `${chosen}${value}${chosen}`;
}

const CALLS: ReadonlySet<string> = new Set(['count']);

function wordsAt(place: Place): Suggestion[] {
  const { keywords = [], commands = [], functions = [], processors = [] } = WANTED[place];
  return [
    ...keywords.map((word) => suggest('keyword', word, word)),
    ...commands.map((word) => suggest('command', word, word === 'order' ? 'order by' : word)),
    ...functions.map((word) => suggest('function', word, CALLS.has(word) ? `${word}()` : `${word}(`)),
    ...processors.map((word) => suggest('processor', word, `${word}(`)),
  ];
}

const suggest = (kind: SuggestionKind, label: string, insert: string): Suggestion => ({ kind, label, insert });

function narrow(all: readonly Suggestion[], prefix: string): Suggestion[] {
  const starting: Suggestion[] = [];
  const holding: Suggestion[] = [];
  for (const suggestion of all) {
    const at = suggestion.label.toLowerCase().indexOf(prefix);
    if (at === 0) starting.push(suggestion);
    else if (at > 0 && prefix.length > 1) holding.push(suggestion);
    if (starting.length >= suggestionsMax) break;
  }
  return [...starting, ...holding].slice(0, suggestionsMax);
}
