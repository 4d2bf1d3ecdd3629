import { numericValue } from '../events/event.ts';
import { compareSortValues, sortValueOf } from './compare-cells.ts';
import { jqAnswer, parseJq } from './jq.ts';
import { listText } from './list-text.ts';
import { networkOf } from './network.ts';
import { timeText } from './time-text.ts';

/** One value that a processor is given. */
export type ProcessorInput = {
  readonly text: string | undefined;
  /** The value as a list, see `Access.list`. */
  readonly list: () => readonly string[] | undefined;
};

export type ProcessorOutputs = readonly (string | undefined)[];
export type RunProcessor = (inputs: readonly ProcessorInput[]) => ProcessorOutputs;

/**
 * Processors that make values of values, always the same of the same, for which the store has no function that agrees
 * in every case: their rows are finished after the store. Options are checked when the query is planned.
 */
const PURE = {
  codec: ([direction]) => overText(direction === 'encode' ? encodeBase64 : decodeBase64),
  clean_char: () => (inputs) => cleanedChars(inputs[0]?.text),
  ascii_converter: ([notation]) => overText(notation === 'hex' ? textOfHex : textOfDecimals),
  entropy: () => overText(entropy),
  dns_cleanup: () => overText((text) => text.replaceAll(/\(\d+\)/g, '.')),
  compare_network: ([v4 = '24', v6 = '64']) => {
    return ([a, b]) => comparedNetworks(a?.text, b?.text, v4, v6);
  },
  list_length: () => overList((list) => String(list.length)),
  next: ([offset = '1']) => overList((list) => listText(list.slice(Number(offset)))),
  sort_list: ([direction]) => overList((list) => listText(sortedList(list, direction === 'desc'))),
  percentile: ([rank = '50']) => overList((list) => percentile(list, Number(rank))),
  strftime: ([format = '', minutes = '0']) => overText((text) => timeText(text, format, Number(minutes))),
  jq: ([program = '.']) => {
    const { program: parsed } = parseJq(program);
    return overText((text) => (parsed === null ? undefined : jqAnswer(parsed, text)));
  },
} satisfies Readonly<Record<string, (options: readonly string[]) => RunProcessor>>;

export type PureProcessorName = keyof typeof PURE;

export const pureProcessor = (name: PureProcessorName, options: readonly string[]): RunProcessor => PURE[name](options);

const overText =
  (run: (text: string) => string | undefined): RunProcessor =>
  ([input]) => [input?.text === undefined ? undefined : run(input.text)];

const overList =
  (run: (list: readonly string[]) => string | undefined): RunProcessor =>
  ([input]) => {
    const list = input?.list();
    return [list === undefined ? undefined : run(list)];
  };

const encodeBase64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });
const utf16 = new TextDecoder('utf-16le', { fatal: true });

/** UTF-16 first when every other byte is 0, as PowerShell encodes its commands. Undefined for what is no text. */
function decodeBase64(text: string): string | undefined {
  const compact = text.replaceAll(/\s/g, '');
  if (!BASE64.test(compact)) return undefined;
  return textOfBytes(Buffer.from(compact, 'base64'));
}

function textOfBytes(bytes: Buffer): string | undefined {
  const isUtf16 = bytes.length > 1 && bytes.length % 2 === 0 && bytes.every((byte, at) => at % 2 === 0 || byte === 0);
  try {
    return (isUtf16 ? utf16 : utf8).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The signs of a text without letters, digits and blanks; then its letters and digits. */
function cleanedChars(text: string | undefined): ProcessorOutputs {
  if (text === undefined) return [];
  return [text.replaceAll(/[\p{L}\p{M}\p{N}\s]/gu, ''), text.replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '')];
}

function textOfHex(text: string): string | undefined {
  const digits = text.replaceAll(/0x|\\x|[\s:,;%-]/gi, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) return undefined;
  return textOfBytes(Buffer.from(digits, 'hex'));
}

function textOfDecimals(text: string): string | undefined {
  const codes = text.match(/\d+/g)?.map(Number) ?? [];
  if (codes.length === 0 || codes.some((code) => code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)))
    return undefined;
  return codes.map((code) => String.fromCodePoint(code)).join('');
}

/** Shannon's entropy over the text's characters, in bits, to four digits after the point. */
function entropy(text: string): string {
  const counts = new Map<string, number>();
  let length = 0;
  for (const char of text) {
    counts.set(char, (counts.get(char) ?? 0) + 1);
    length++;
  }
  let bits = 0;
  for (const count of counts.values()) bits -= (count / length) * Math.log2(count / length);
  return String(Number(bits.toFixed(4)) + 0);
}

/** Networks that are not routed on the internet. Source: RFC 1918, 3927, 4193, 4291, 5735, 6598. */
const PRIVATE = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '0.0.0.0/8'],
  ...['fc00::/7', 'fe80::/10', '::1/128', '::/128'],
].flatMap((text) => networkOf(text) ?? []);

/** Whether each is public, and whether both are in one network of the length given. */
function comparedNetworks(a: string | undefined, b: string | undefined, v4: string, v6: string): ProcessorOutputs {
  const nets = [a, b].map((text) => (text === undefined ? null : networkOf(`${text}/${text.includes(':') ? v6 : v4}`)));
  const [first, second] = nets;
  const isSame = first != null && second != null && first.first === second.first && first.last === second.last;
  return [isPublic(a), isPublic(b), first == null || second == null ? undefined : truthText(isSame)];
}

function isPublic(text: string | undefined): string | undefined {
  const address = text === undefined || text.includes('/') ? null : networkOf(text);
  if (address === null) return undefined;
  return truthText(!PRIVATE.some(({ first, last }) => address.first >= first && address.last <= last));
}

export const truthText = (isTrue: boolean): 'True' | 'False' => (isTrue ? 'True' : 'False');

function sortedList(list: readonly string[], isDescending: boolean): string[] {
  const sorted = [...list].sort((a, b) => compareSortValues(sortValueOf(a), sortValueOf(b)));
  return isDescending ? sorted.reverse() : sorted;
}

/** Between the two nearest of the list's numbers, in proportion; nothing without any number. */
function percentile(list: readonly string[], rank: number): string | undefined {
  const numbers = list.flatMap((text) => numericValue(text) ?? []).sort((a, b) => a - b);
  const place = ((numbers.length - 1) * rank) / 100;
  const below = numbers[Math.floor(place)];
  const above = numbers[Math.ceil(place)];
  if (below === undefined || above === undefined) return undefined;
  return String(below + (above - below) * (place - Math.floor(place)) + 0);
}
