import type { JsonObject } from '../../shared/json.ts';
import type { SigmaFile } from '../../sigma/import-rules.ts';

/** Characters and files of one request: each is one transaction, between which others have their turn. */
export const REQUEST_CHARS_MAX = 600_000;
export const REQUEST_FILES_MAX = 200;
/** Rules of its log source that a filter for any rule brings to a dry run. */
const SAME_SOURCE_MAX = 20;

export type ImportPart = {
  readonly sent: readonly SigmaFile[];
  /** Of a dry run: files of other requests that those sent are about. */
  readonly beside: readonly SigmaFile[];
};
export type ImportParts = { readonly parts: readonly ImportPart[]; readonly refused: readonly JsonObject[] };

/**
 * Files in as many requests as they need. Files that give the same id travel together, so that the server sees it; filters
 * and correlations come last: what they are about is there then. A dry run leaves nothing there, so its later requests bring it
 * along. A file that no request can take is refused here.
 */
export function importParts(files: readonly SigmaFile[], isDryRun: boolean): ImportParts {
  const taken = files.filter((file) => refusalOf(file) === null);
  const known = new Names(taken);
  const packer = new Packer();
  for (const group of [
    ...known.groups(taken.filter((file) => !isLater(file))),
    ...known.groups(taken.filter(isLater)),
  ]) {
    packer.add(group, isDryRun && group.some(isLater) ? known.named(group) : []);
  }
  return { parts: packer.parts(), refused: files.flatMap(refusedRows) };
}

const isLater = ({ text }: SigmaFile): boolean => /^(?:filter|correlation)\s*:/m.test(text);

/** Why no request can take the file; null when one can. */
function refusalOf({ text }: SigmaFile): string | null {
  if (text.includes('\0')) return 'the file holds the character U+0000, expected YAML';
  if (text.length <= REQUEST_CHARS_MAX) return null;
  return `the file has ${text.length} characters or more, expected at most ${REQUEST_CHARS_MAX} to import`;
}

function refusedRows(file: SigmaFile): JsonObject[] {
  const reason = refusalOf(file);
  if (reason === null) return [];
  const row = { file: file.name, reason, rule_id: '', title: '', kind: '', fate: 'refused', warnings: [], id: null };
  return [row];
}

const unquoted = (text: string): string => text.trim().replace(/^(["'])(.*)\1$/, '$2');
const valuesOf = (text: string, key: RegExp): string[] =>
  [...text.matchAll(key)].map((found) => unquoted(found[1] ?? ''));

/** What files call their rules, as far as lines tell: enough to put files together, what counts is read by the server. */
class Names {
  readonly #byName = new Map<string, SigmaFile[]>();
  readonly #bySource = new Map<string, SigmaFile[]>();

  constructor(files: readonly SigmaFile[]) {
    for (const file of files) {
      for (const name of valuesOf(file.text, /^(?:id|name)[ \t]*:(.*)$/gm)) put(this.#byName, name, file);
      if (!isLater(file)) put(this.#bySource, sourceOf(file), file);
    }
  }

  /** The files, those that share an id in one piece. */
  groups(files: readonly SigmaFile[]): SigmaFile[][] {
    const left = new Set(files);
    const groups: SigmaFile[][] = [];
    for (const file of files) {
      if (!left.delete(file)) continue;
      const group = [file];
      for (const one of group) {
        for (const id of valuesOf(one.text, /^id[ \t]*:(.*)$/gm)) {
          for (const other of this.#byName.get(id) ?? []) if (left.delete(other)) group.push(other);
        }
      }
      groups.push(group);
    }
    return groups;
  }

  /** What the files name, what those name, and so on; of a filter also rules of its log source. */
  named(files: readonly SigmaFile[]): SigmaFile[] {
    const found = new Set(files);
    for (const file of found) {
      const items = valuesOf(file.text, /^[ \t]*(?:-[ \t]+|rules[ \t]*:)(.*)$/gm).flatMap((text) =>
        [text, ...text.replace(/^\[|\]$/g, '').split(',')].map(unquoted),
      );
      if (!isLater(file)) continue;
      for (const name of items) for (const one of this.#byName.get(name) ?? []) found.add(one);
      for (const one of (this.#bySource.get(sourceOf(file)) ?? []).slice(0, SAME_SOURCE_MAX)) found.add(one);
    }
    return [...found].filter((file) => !files.includes(file));
  }
}

const put = (map: Map<string, SigmaFile[]>, key: string, file: SigmaFile): void => {
  const list = map.get(key) ?? [];
  map.set(key, list);
  if (!list.includes(file)) list.push(file);
};

const sourceOf = ({ text }: SigmaFile): string =>
  ['product', 'category', 'service']
    .map((key) => valuesOf(text, new RegExp(`^[ \\t]+${key}[ \\t]*:(.*)$`, 'gm'))[0] ?? '')
    .join('/');

class Packer {
  readonly #parts: { readonly sent: SigmaFile[]; readonly beside: Set<SigmaFile> }[] = [];

  add(files: readonly SigmaFile[], beside: readonly SigmaFile[]): void {
    const last = this.#parts.at(-1);
    const fresh = last === undefined || !fits([...last.sent, ...last.beside, ...files, ...beside]);
    const part = fresh ? { sent: [], beside: new Set<SigmaFile>() } : last;
    if (fresh) this.#parts.push(part);
    part.sent.push(...files);
    for (const file of beside) part.beside.add(file);
  }

  parts(): ImportPart[] {
    return this.#parts.map(({ sent, beside }) => ({
      sent,
      beside: [...beside].filter((file) => !sent.includes(file)),
    }));
  }
}

function fits(files: readonly SigmaFile[]): boolean {
  const distinct = [...new Set(files)];
  return (
    distinct.length <= REQUEST_FILES_MAX &&
    distinct.reduce((sum, { text }) => sum + text.length, 0) <= REQUEST_CHARS_MAX
  );
}
