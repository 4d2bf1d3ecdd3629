import { useState } from 'react';

/** Characters of a value that are shown at once: a line may hold a megabyte. */
const SHOWN_UNITS_MAX = 4_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is made visible
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** The text with every character that hides or turns other text replaced by its code point. */
export const visibleText = (text: string): string =>
  text.replace(UNSEEN, (char) => `⟨U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);

type HostileTextProps = { readonly text: string; readonly marked?: readonly string[] };

/** Text out of a log: as text, whatever it holds, cut when it is long, with the terms that matched marked. */
export function HostileText({ text, marked = [] }: HostileTextProps) {
  const [isWhole, setWhole] = useState(false);
  const isCut = !isWhole && text.length > SHOWN_UNITS_MAX;
  const shown = visibleText(isCut ? text.slice(0, SHOWN_UNITS_MAX) : text);
  return (
    <bdi className="hostile">
      {marked.length === 0 ? shown : <Marked text={shown} terms={marked} />}
      {isCut && (
        <button type="button" className="inline" onClick={() => setWhole(true)}>
          … show all {text.length.toLocaleString('en')} characters
        </button>
      )}
    </bdi>
  );
}

function Marked({ text, terms }: { readonly text: string; readonly terms: readonly string[] }) {
  const folded = text.toLowerCase();
  const parts: { readonly text: string; readonly isMarked: boolean; readonly at: number }[] = [];
  let at = 0;
  // Lower case may change a text's length in a few scripts: then nothing can be marked in the right place.
  while (at < text.length && folded.length === text.length) {
    let [from, length] = [-1, 0];
    for (const term of terms) {
      const found = folded.indexOf(term.toLowerCase(), at);
      if (found >= 0 && (from < 0 || found < from)) [from, length] = [found, term.length];
    }
    if (from < 0 || length === 0) break;
    if (from > at) parts.push({ text: text.slice(at, from), isMarked: false, at });
    parts.push({ text: text.slice(from, from + length), isMarked: true, at: from });
    at = from + length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), isMarked: false, at });
  return (
    <>
      {parts.map((part) =>
        part.isMarked ? <mark key={part.at}>{part.text}</mark> : <span key={part.at}>{part.text}</span>,
      )}
    </>
  );
}
