import { useMemo } from 'react';
import { highlightQuery } from '../../../src/query/highlight.ts';

/** The query in the colours of the grammar. */
export function Coloured({ text }: { readonly text: string }) {
  const pieces = useMemo(() => {
    const found: { readonly text: string; readonly kind: string; readonly at: number }[] = [];
    let at = 0;
    for (const { start, end, kind } of highlightQuery(text)) {
      if (start > at) found.push({ text: text.slice(at, start), kind: 'blank', at });
      found.push({ text: text.slice(start, end), kind, at: start });
      at = end;
    }
    if (at < text.length) found.push({ text: text.slice(at), kind: 'blank', at });
    return found;
  }, [text]);
  return (
    <>
      {pieces.map((piece) => (
        <span key={piece.at} className={`q-${piece.kind}`}>
          {piece.text}
        </span>
      ))}
    </>
  );
}
