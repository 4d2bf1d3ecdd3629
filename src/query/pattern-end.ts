import { isBlank } from './lexer.ts';
import { isStreamEnd } from './stream-end.ts';

/** Where the pattern that starts at `from` ends: the offset of what follows it. */
export type PatternEnd = (text: string, from: number, isInStream: boolean) => number;

/** Inside a stream the pattern ends where the stream does; a `]` of its own stands in a class or behind a backslash. */
const endOfStream =
  (text: string, isInStream: boolean) =>
  (at: number): boolean =>
    isInStream && (text.charAt(at) === ']' || (isBlank(text.charAt(at)) && isStreamEnd(text, at + 1)));

/** A pipe inside ( ) or [ ] is an alternative of the pattern; one after a backslash is a character. */
export const regexEnd: PatternEnd = (text, from, isInStream) => {
  const isEnd = endOfStream(text, isInStream);
  let depth = 0;
  let isInClass = false;
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\') at++;
    else if (isInClass) isInClass = char !== ']';
    else if (char === '[') isInClass = true;
    else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (depth <= 0 && (char === '|' || isEnd(at))) return at;
  }
  return text.length;
};

export const quotedEnd: PatternEnd = (text, from, isInStream) => {
  const isEnd = endOfStream(text, isInStream);
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '|' || isEnd(at)) return at;
    if (char !== '"' && char !== "'") continue;
    const close = text.indexOf(char, at + 1);
    // An apostrophe in plain text opens nothing.
    if (close >= 0) at = close;
  }
  return text.length;
};
