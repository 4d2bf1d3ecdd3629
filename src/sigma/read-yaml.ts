import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
} from 'yaml';
import {
  ALIASES_PER_DOCUMENT_MAX,
  DEPTH_MAX,
  DOCUMENTS_PER_FILE_MAX,
  FILE_BYTES_MAX,
  NODES_PER_DOCUMENT_MAX,
} from './limits.ts';
import { type Place, type Problem, shown } from './problem.ts';

/**
 * A YAML value with its place. Scalars keep their text as written (`0x1F` stays `0x1F`), because that is what an event
 * has; `type` says what YAML takes them for. Keys are unique; a map may have any key, `__proto__` too.
 */
export type YamlNode = YamlMap | YamlList | YamlScalar;
export type YamlMap = { readonly kind: 'map'; readonly place: Place; readonly entries: ReadonlyMap<string, YamlEntry> };
export type YamlEntry = { readonly place: Place; readonly value: YamlNode };
export type YamlList = { readonly kind: 'list'; readonly place: Place; readonly items: readonly YamlNode[] };
export type YamlScalar = {
  readonly kind: 'scalar';
  readonly place: Place;
  readonly type: 'text' | 'number' | 'boolean' | 'null';
  readonly text: string;
};

export type YamlDocument = {
  readonly root: YamlNode | null;
  readonly problems: readonly Problem[];
  /** The document's own text: that of the file when it is the only one. */
  readonly source: string;
};

/** The documents of a file, each with what is wrong with it; never throws. Empty documents are left out. */
export function readYaml(text: string): readonly YamlDocument[] {
  const bytes = Buffer.byteLength(text);
  if (bytes > FILE_BYTES_MAX) return [broken(null, `the file has ${bytes} bytes, expected at most ${FILE_BYTES_MAX}`)];
  const lines = new LineCounter();
  // Unique keys are checked below: the library compares each key with all others, half a minute for 30,000 keys.
  const options = {
    schema: 'core',
    version: '1.2',
    lineCounter: lines,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  } as const;
  let documents: ReturnType<typeof parseAllDocuments>;
  try {
    documents = parseAllDocuments(text, options);
  } catch (error) {
    return [broken(null, notYaml(error instanceof Error ? error.message : String(error)))];
  }
  if (documents.length > DOCUMENTS_PER_FILE_MAX) {
    return [broken(null, `the file has ${documents.length} documents, expected at most ${DOCUMENTS_PER_FILE_MAX}`)];
  }
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const read: YamlDocument[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error !== undefined) read.push(broken(placeOf(error.pos[0]), notYaml(firstLine(error.message))));
    else if (document.contents !== null && !isEmpty(document.contents)) {
      const source = documents.length === 1 ? text : text.slice(...sliceOf(document.range));
      read.push(new Reader(placeOf, document).read(document.contents, source));
    }
  }
  return read;
}

const broken = (place: Place | null, message: string): YamlDocument => ({
  root: null,
  source: '',
  problems: [{ severity: 'error', place, message }],
});

const sliceOf = (range: Document['range']): readonly [number, number] => [range?.[0] ?? 0, range?.[2] ?? 0];

/** The parser tells of more levels than it can hold as of a mistake at that place. */
const notYaml = (message: string): string =>
  /call stack/.test(message) ? `nested more than ${DEPTH_MAX} levels deep` : `not YAML: ${message}`;

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
const isEmpty = (node: unknown): boolean => isScalar(node) && node.value === null && (node.source ?? '') === '';

/** A mistake that ends the reading of a document. */
class Refusal extends Error {
  readonly place: Place;

  constructor(place: Place, message: string) {
    super(message);
    this.place = place;
  }
}

/** Copies one document into plain nodes, within the limits. */
class Reader {
  readonly #placeOf: (offset: number) => Place;
  readonly #document: Document;
  #nodes = 0;
  #aliases = 0;

  constructor(placeOf: (offset: number) => Place, document: Document) {
    this.#placeOf = placeOf;
    this.#document = document;
  }

  read(contents: unknown, source: string): YamlDocument {
    try {
      return { root: this.#node(contents, { line: 1, column: 1 }, 1), problems: [], source };
    } catch (error) {
      if (error instanceof Refusal) return broken(error.place, error.message);
      throw error;
    }
  }

  #node(node: unknown, near: Place, depth: number): YamlNode {
    const place = this.#place(node, near);
    this.#nodes += 1;
    if (this.#nodes > NODES_PER_DOCUMENT_MAX) {
      throw new Refusal(place, `more than ${NODES_PER_DOCUMENT_MAX} values, aliases counted wherever they stand`);
    }
    if (depth > DEPTH_MAX) throw new Refusal(place, `nested more than ${DEPTH_MAX} levels deep`);
    if (isAlias(node)) {
      this.#aliases += 1;
      if (this.#aliases > ALIASES_PER_DOCUMENT_MAX)
        throw new Refusal(place, `more than ${ALIASES_PER_DOCUMENT_MAX} aliases`);
      const target = resolve(node, this.#document);
      if (target === undefined) throw new Refusal(place, `the alias ${shown(node.source)} has no anchor before it`);
      return this.#node(target, place, depth + 1);
    }
    if (isMap(node)) return this.#map(node.items, place, depth);
    if (isSeq(node)) {
      return { kind: 'list', place, items: node.items.map((item) => this.#node(item, place, depth + 1)) };
    }
    return isScalar(node) ? scalar(node.value, node.source, place) : scalar(null, '', place);
  }

  #map(pairs: readonly Pair[], place: Place, depth: number): YamlMap {
    const entries = new Map<string, YamlEntry>();
    for (const pair of pairs) {
      const key = this.#node(pair.key, place, depth + 1);
      if (key.kind !== 'scalar') throw new Refusal(key.place, `expected text as a key, saw a ${key.kind}`);
      if (entries.has(key.text)) throw new Refusal(key.place, `the key ${shown(key.text)} stands twice`);
      const value = pair.value === null ? scalar(null, '', key.place) : this.#node(pair.value, key.place, depth + 1);
      entries.set(key.text, { place: key.place, value });
    }
    return { kind: 'map', place, entries };
  }

  #place(node: unknown, near: Place): Place {
    const offset = (node as Node | null | undefined)?.range?.[0];
    return offset === undefined ? near : this.#placeOf(offset);
  }
}

const resolve = (alias: Alias, document: Document): Node | undefined => alias.resolve(document);

function scalar(value: unknown, source: string | undefined, place: Place): YamlScalar {
  if (value === null || value === undefined) return { kind: 'scalar', place, type: 'null', text: '' };
  if (typeof value === 'string') return { kind: 'scalar', place, type: 'text', text: value };
  const type = typeof value === 'boolean' ? 'boolean' : typeof value === 'number' ? 'number' : 'text';
  return { kind: 'scalar', place, type, text: source ?? String(value) };
}

/** The value of a key, null when the map has none. */
export const entryOf = (map: YamlMap, key: string): YamlNode | null => map.entries.get(key)?.value ?? null;

/** The text of a scalar; null for anything else and for null. */
export const textOf = (node: YamlNode | null): string | null =>
  node !== null && node.kind === 'scalar' && node.type !== 'null' ? node.text : null;

/** Texts of a list of scalars, or of one scalar. */
export function textsOf(node: YamlNode | null): readonly string[] {
  if (node === null) return [];
  if (node.kind === 'list') return node.items.flatMap((item) => textOf(item) ?? []);
  const text = textOf(node);
  return text === null ? [] : [text];
}
