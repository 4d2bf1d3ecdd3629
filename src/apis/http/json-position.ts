/**
 * Where a text stops being JSON, in words: `expected ',' or '}' at position 12 (line 1, column 13)`.
 *
 * The engine's own message holds the position only for some mistakes, and echoes the body for others. Called after
 * `JSON.parse` has refused the text; works without recursion, since the nesting is the caller's.
 */
export function findJsonError(text: string): string {
  const { position, expected } = scan(text);
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  const column = position - before.lastIndexOf('\n');
  const seen = position >= text.length ? 'end of body' : 'something else';
  return `expected ${expected} but found ${seen} at position ${position} (line ${line}, column ${column})`;
}

type State = 'value' | 'first-value' | 'first-key' | 'key' | 'colon' | 'after';
const START = 'value' as State;

type Mistake = { readonly position: number; readonly expected: string };

const BLANK = /[ \t\r\n]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const LITERAL = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|true\b|false\b|null\b/y;

function scan(text: string): Mistake {
  const closers: string[] = [];
  let position = 0;
  let state = START;

  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match === null) return false;
    position += match[0].length;
    return true;
  };

  for (;;) {
    take(BLANK);
    const char = text[position];
    if (state === 'after') {
      const closer = closers.at(-1);
      if (closer === undefined) return { position, expected: 'nothing more' };
      if (char === ',') state = closer === '}' ? 'key' : 'value';
      else if (char === closer) closers.pop();
      else return { position, expected: `',' or '${closer}'` };
      position += 1;
    } else if (state === 'colon') {
      if (char !== ':') return { position, expected: "':'" };
      position += 1;
      state = 'value';
    } else if ((state === 'first-key' && char === '}') || (state === 'first-value' && char === ']')) {
      closers.pop();
      position += 1;
      state = 'after';
    } else if (char === '"') {
      position = endOfString(text, position + 1);
      if (text[position] !== '"') return { position, expected: 'the rest of a string' };
      position += 1;
      state = state === 'key' || state === 'first-key' ? 'colon' : 'after';
    } else if (state === 'key' || state === 'first-key') {
      return { position, expected: state === 'first-key' ? "a key or '}'" : 'a key' };
    } else if (char === '{' || char === '[') {
      closers.push(char === '{' ? '}' : ']');
      position += 1;
      state = char === '{' ? 'first-key' : 'first-value';
    } else if (take(LITERAL)) {
      state = 'after';
    } else {
      return { position, expected: 'a value' };
    }
  }
}

/** The place of the closing quote, or of the first character that a string cannot hold. */
function endOfString(text: string, from: number): number {
  let position = from;
  while (position < text.length) {
    const char = text.charCodeAt(position);
    if (char === 0x22 || char < 0x20) return position;
    if (char === 0x5c) {
      ESCAPE.lastIndex = position;
      const match = ESCAPE.exec(text);
      if (match === null) return position;
      position += match[0].length;
    } else {
      position += 1;
    }
  }
  return position;
}
