import type { JsonObject } from '../../src/shared/json.ts';

// The language of the scenarios, one step a line; `#` begins a comment, indented lines belong to the `rule` above them.
//
//   rule NAME                              makes a rule; then, indented, `field: value` as in AlertRules create
//   at HH:MM[:SS] ACTION                   the clock stands there, settled windows have been evaluated, then
//     ingest [N x] [of HH:MM[:SS]] k=v …   N events, of another time when late; `{a,b}` takes the values in turn
//     expect incidents N
//     expect incident K name=value …       the K-th raised; names: hits, rows, status, group, from, to, rule
//     expect rule NAME name=value …        its counters, and gaps=N
//     resolve K | close K | reopen K
//     activate NAME | deactivate NAME | trash NAME | edit NAME field: value
//     restart                              closes and opens the store
//     replay                               the last batch of matches comes again
//   clear                                  a new server, without rules

export type Pairs = ReadonlyMap<string, string>;

export type Action =
  | { readonly kind: 'ingest'; readonly count: number; readonly ofMs: number | null; readonly fields: Pairs }
  | { readonly kind: 'expect-count'; readonly count: number }
  | { readonly kind: 'expect-incident'; readonly number: number; readonly values: Pairs }
  | { readonly kind: 'expect-rule'; readonly rule: string; readonly values: Pairs }
  | { readonly kind: 'resolve' | 'close' | 'reopen'; readonly number: number }
  | { readonly kind: 'activate' | 'deactivate' | 'trash'; readonly rule: string }
  | { readonly kind: 'edit'; readonly rule: string; readonly data: JsonObject }
  | { readonly kind: 'restart' | 'replay' };

export type Step =
  | { readonly kind: 'rule'; readonly line: number; readonly name: string; readonly data: JsonObject }
  | { readonly kind: 'at'; readonly line: number; readonly atMs: number; readonly action: Action }
  | { readonly kind: 'clear'; readonly line: number };

/** @throws Error naming the line that cannot be read */
export function parseScenario(text: string): Step[] {
  const steps: Step[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    const content = raw.replace(/(^|\s)#.*$/, '').trimEnd();
    if (content === '') continue;
    const last = steps.at(-1);
    if (/^\s/.test(content)) {
      if (last?.kind !== 'rule') throw new Error(`line ${line}: an indented line belongs to a rule`);
      steps[steps.length - 1] = { ...last, data: { ...last.data, ...readField(content.trim(), line) } };
      continue;
    }
    const [word, rest] = splitWord(content);
    if (word === 'rule') steps.push({ kind: 'rule', line, name: rest, data: {} });
    else if (word === 'clear') steps.push({ kind: 'clear', line });
    else if (word === 'at') {
      const [time, action] = splitWord(rest);
      steps.push({ kind: 'at', line, atMs: readTime(time, line), action: readAction(action, line) });
    } else throw new Error(`line ${line}: expected rule, at or clear, not ${word}`);
  }
  return steps;
}

function readAction(text: string, line: number): Action {
  const [word, rest] = splitWord(text);
  switch (word) {
    case 'ingest':
      return readIngest(rest, line);
    case 'expect':
      return readExpect(rest, line);
    case 'resolve':
    case 'close':
    case 'reopen':
      return { kind: word, number: Number(rest) };
    case 'activate':
    case 'deactivate':
    case 'trash':
      return { kind: word, rule: rest };
    case 'edit': {
      const [rule, field] = splitWord(rest);
      return { kind: 'edit', rule, data: readField(field, line) };
    }
    case 'restart':
    case 'replay':
      return { kind: word };
    default:
      throw new Error(`line ${line}: unknown action ${word}`);
  }
}

function readIngest(text: string, line: number): Action {
  const [, count, of, fields] = /^(?:(\d+) x\s+)?(?:of (\S+)\s+)?(.*)$/.exec(text) ?? [];
  const ofMs = of === undefined ? null : readTime(of, line);
  return { kind: 'ingest', count: Number(count ?? 1), ofMs, fields: readPairs(fields ?? '') };
}

function readExpect(text: string, line: number): Action {
  const [what, rest] = splitWord(text);
  if (what === 'incidents') return { kind: 'expect-count', count: Number(rest) };
  const [name, values] = splitWord(rest);
  if (what === 'incident') return { kind: 'expect-incident', number: Number(name), values: readPairs(values) };
  if (what === 'rule') return { kind: 'expect-rule', rule: name, values: readPairs(values) };
  throw new Error(`line ${line}: expected incidents, incident or rule after expect`);
}

/** `HH:MM[:SS]` after the scenario's beginning, in ms. */
export function readTime(text: string, line: number): number {
  const [, hours, minutes, seconds] = /^(\d+):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) throw new Error(`line ${line}: ${text} is no time like 00:05`);
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0)) * 1000;
}

function readField(text: string, line: number): JsonObject {
  const [, name, value] = /^(\w+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error(`line ${line}: expected field: value, not ${text}`);
  return { [name]: value };
}

function readPairs(text: string): Pairs {
  const pairs = [...text.matchAll(/(\w+)=(?:"([^"]*)"|(\S*))/g)];
  return new Map(pairs.map(([, name, quoted, plain]) => [name ?? '', quoted ?? plain ?? '']));
}

function splitWord(text: string): [string, string] {
  const [, word, rest] = /^(\S*)\s*(.*)$/.exec(text.trim()) ?? [];
  return [word ?? '', rest ?? ''];
}
