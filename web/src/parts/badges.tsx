/** A risk by glyph and word: colour never tells alone. */
export function RiskBadge({ risk }: { readonly risk: string }) {
  return (
    <span className={`risk ${risk}`}>
      <span aria-hidden="true">{GLYPHS[risk] ?? '○'}</span> {risk}
    </span>
  );
}

const GLYPHS: Readonly<Record<string, string>> = { critical: '▲', high: '◆', medium: '●', low: '○' };

export function StatusBadge({ status }: { readonly status: string }) {
  return (
    <span className={`status ${status}`}>
      <span aria-hidden="true">{STATUS_GLYPHS[status] ?? '–'}</span> {status}
    </span>
  );
}

const STATUS_GLYPHS: Readonly<Record<string, string>> = { unresolved: '●', resolved: '◯', closed: '–' };
