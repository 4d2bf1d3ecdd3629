import { useQuery } from '@tanstack/react-query';
import { type PointerEvent, useState } from 'react';
import { titleOf } from '../api/api-error.ts';
import { getJson } from '../api/call.ts';
import { numberOf, objectOf, rowsOf, timeOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { localTime, zone } from '../parts/times.tsx';
import { type Filters, filterQuery, readFilters } from './filters.ts';

const RISKS = ['low', 'medium', 'high', 'critical'] as const;
const BUCKETS = 60;
const [WIDTH, HEIGHT] = [600, 48];

type HistogramProps = {
  readonly filters: Filters;
  readonly onFilters: (filters: Filters) => void;
  /** False until the rows are there: bars come after them. */
  readonly isReady: boolean;
  /** Incidents of the filter; undefined while they are counted. */
  readonly total: number | undefined;
};

/** Incidents over time by risk; dragging over it narrows the time. */
export function Histogram({ filters, onFilters, isReady, total }: HistogramProps) {
  const { base, known } = useTenant();
  const [drag, setDrag] = useState<readonly [number, number] | null>(null);
  const { data, error } = useQuery({
    queryKey: [base, 'incidents', 'counts', 'histogram', filters],
    queryFn: async ({ signal }) => {
      const more = { buckets: String(BUCKETS), merged: 'no' };
      return objectOf(
        await getJson(`${base}/Incidents/histogram${filterQuery(filters, known?.userId ?? null, more)}`, signal),
      );
    },
    enabled: isReady,
    placeholderData: (before) => before,
  });
  const buckets = rowsOf(data?.['buckets']);
  const [from, to] = [timeOf(data?.['from']), timeOf(data?.['to'])];
  const most = Math.max(1, ...buckets.map((bucket) => RISKS.reduce((sum, risk) => sum + numberOf(bucket[risk]), 0)));
  const placeOf = (event: PointerEvent<SVGSVGElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const narrow = (): void => {
    setDrag(null);
    if (drag === null || from === null || to === null) return;
    const [a, b] = [Math.min(...drag), Math.max(...drag)];
    if (b - a < 0.01) return;
    const at = (place: number): string => String(Math.round((from + (to - from) * place) / 1000));
    onFilters(readFilters({ ...filters, t: '', start_date: at(a), end_date: at(b) }));
  };
  return (
    <div className="histogram">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label="Incidents over time; drag to narrow the time"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag([placeOf(event), placeOf(event)]);
        }}
        onPointerMove={(event) => drag !== null && setDrag([drag[0], placeOf(event)])}
        onPointerUp={narrow}
      >
        {buckets.map((bucket, i) => {
          let y = HEIGHT;
          const width = WIDTH / buckets.length;
          return RISKS.map((risk) => {
            const height = (numberOf(bucket[risk]) / most) * (HEIGHT - 2);
            y -= height;
            return height === 0 ? null : (
              <rect
                key={`${numberOf(bucket['at'])} ${risk}`}
                className={`bar ${risk}`}
                x={i * width + 0.5}
                y={y}
                width={Math.max(1, width - 1)}
                height={height}
              />
            );
          });
        })}
        {drag !== null && (
          <rect
            className="brush"
            x={Math.min(...drag) * WIDTH}
            y={0}
            width={Math.abs(drag[1] - drag[0]) * WIDTH}
            height={HEIGHT}
          />
        )}
      </svg>
      <div className="axis">
        <span className="axis-end">{from === null ? ' ' : localTime(from)}</span>
        {error !== null && <span className="late">The bars are late: {titleOf(error)}.</span>}
        <span className="total">
          {total === undefined ? '' : `${total.toLocaleString('en')} ${total === 1 ? 'incident' : 'incidents'}`}
        </span>
        {filters.start_date !== undefined && (
          <button
            type="button"
            className="inline"
            onClick={() => onFilters(readFilters({ ...filters, start_date: undefined, end_date: undefined }))}
          >
            all times
          </button>
        )}
        <span className="axis-end">
          {to === null ? ' ' : localTime(to)} {zone}
        </span>
      </div>
    </div>
  );
}
