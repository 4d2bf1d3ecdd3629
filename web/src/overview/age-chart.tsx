import { Link } from '@tanstack/react-router';
import type { Age } from './use-overview.ts';

type AgeChartProps = {
  readonly ages: readonly Age[];
  readonly params: { readonly pool: string; readonly logpoint: string };
};

/** How long what is unresolved has been there; the older, the warmer. */
export function AgeChart({ ages, params }: AgeChartProps) {
  const most = Math.max(1, ...ages.map(({ count }) => count));
  return (
    <ol className="ages">
      {ages.map(({ word, count, search }, place) => (
        <li key={word}>
          <Link to="/p/$pool/$logpoint/incidents" params={params} search={search}>
            <strong>{count.toLocaleString('en')}</strong>
            <i className={`age${place}`} style={{ blockSize: `${(100 * count) / most}%` }} />
            <span>{word}</span>
          </Link>
        </li>
      ))}
    </ol>
  );
}
