import { Link } from '@tanstack/react-router';
import type { JsonObject } from '../../../src/shared/json.ts';
import { numberOf, rowsOf, timeOf } from '../api/read-json.ts';
import { localTime } from '../parts/times.tsx';

const RISKS = ['critical', 'high', 'medium', 'low'] as const;
const GLYPHS = { critical: '▲', high: '◆', medium: '●', low: '○' } as const;

type RiskHistogramProps = {
  readonly histogram: JsonObject;
  readonly params: { readonly pool: string; readonly logpoint: string };
};

/** Stacked by risk; a column leads to the incidents of its time. */
export function RiskHistogram({ histogram, params }: RiskHistogramProps) {
  const stepSeconds = numberOf(histogram['step_s']);
  const buckets = rowsOf(histogram['buckets']).map((bucket) => ({
    atMs: timeOf(bucket['at']) ?? 0,
    counts: RISKS.map((risk) => numberOf(bucket[risk])),
  }));
  const sums = buckets.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0));
  const most = Math.max(1, ...sums);
  return (
    <>
      <div className="risk-histogram">
        <span className="axis-most">{most}</span>
        {buckets.map(({ atMs, counts }, at) => (
          <Link
            key={atMs}
            to="/p/$pool/$logpoint/incidents"
            params={params}
            search={{
              start_date: String(Math.floor(atMs / 1000)),
              end_date: String(Math.floor(atMs / 1000) + stepSeconds),
            }}
            aria-label={`${sums[at]} incidents at ${localTime(atMs)}`}
            title={`${localTime(atMs)}: ${RISKS.map((risk, index) => `${counts[index]} ${risk}`).join(', ')}`}
            tabIndex={sums[at] === 0 ? -1 : 0}
          >
            {RISKS.map((risk, index) => (
              <i
                key={risk}
                className={`fill-${risk}`}
                style={{ blockSize: `${(100 * (counts[index] ?? 0)) / most}%` }}
              />
            ))}
          </Link>
        ))}
      </div>
      <div className="axis">
        <span>{localTime(buckets[0]?.atMs ?? 0).slice(0, 16)}</span>
        <ul className="legend">
          {RISKS.map((risk) => (
            <li key={risk}>
              <i className={`fill-${risk}`} /> {GLYPHS[risk]} {risk}
            </li>
          ))}
        </ul>
        <span>now</span>
      </div>
    </>
  );
}
