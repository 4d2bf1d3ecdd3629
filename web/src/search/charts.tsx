import type { JsonObject } from '../../../src/shared/json.ts';
import { visibleText } from '../parts/hostile-text.tsx';
import { localTime } from '../parts/times.tsx';
import { bucketsOf, cellText, type SearchResult } from './search-result.ts';

const BUCKETS = 60;
const BARS_MAX = 25;
const HEIGHT = 64;

type EventHistogramProps = {
  readonly rows: readonly JsonObject[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly onPick: (fromMs: number, toMs: number) => void;
};

/** The events of an answer over time; a bar is the way into its time. */
export function EventHistogram({ rows, fromMs, toMs, onPick }: EventHistogramProps) {
  const buckets = bucketsOf(rows, fromMs, toMs, BUCKETS);
  const most = Math.max(1, ...buckets.map(({ count }) => count));
  const stepMs = (toMs - fromMs) / BUCKETS;
  return (
    <fieldset className="event-histogram">
      <legend className="sr">Events over time</legend>
      <svg viewBox={`0 0 ${BUCKETS * 10} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {buckets.map(({ atMs, count }, at) => {
          const height = (count / most) * (HEIGHT - 2);
          return <rect key={atMs} x={at * 10 + 1} width="8" y={HEIGHT - height} height={height} />;
        })}
      </svg>
      <div className="event-histogram-hits">
        {buckets.map(({ atMs, count }) => (
          <button
            key={atMs}
            type="button"
            tabIndex={count === 0 ? -1 : 0}
            aria-label={`${count} events at ${localTime(atMs)}`}
            title={`${count} events, ${localTime(atMs)}`}
            onClick={() => onPick(atMs, atMs + stepMs)}
          />
        ))}
      </div>
      <div className="event-histogram-axis">
        <span>{localTime(fromMs)}</span>
        <span>{localTime(toMs)}</span>
      </div>
    </fieldset>
  );
}

type BarChartProps = { readonly result: SearchResult; readonly onPick: (field: string, value: string) => void };

/** The first number of a chart by its groups, most first as the query ordered them. */
export function BarChart({ result, onPick }: BarChartProps) {
  const [measure] = result.numbers;
  const groups = result.columns.filter((name) => !result.numbers.includes(name));
  const [group] = groups;
  if (measure === undefined || group === undefined || result.rows.length === 0) return null;
  const bars = result.rows.slice(0, BARS_MAX).map((row) => ({
    label: groups.map((name) => cellText(name, row[name])).join(' · '),
    value: cellText(group, row[group]),
    count: Number(row[measure]),
  }));
  const most = Math.max(...bars.map(({ count }) => Math.abs(count)), 1);
  return (
    <ol className="bars" aria-label={`${measure} by ${groups.join(', ')}`}>
      {bars.map(({ label, value, count }) => (
        <li key={label}>
          <button type="button" title={`Only ${group} = ${visibleText(value)}`} onClick={() => onPick(group, value)}>
            {visibleText(label) || '(empty)'}
          </button>
          <meter min={0} max={most} value={Math.abs(count)} aria-hidden="true" />
          <span className="num">{count.toLocaleString('en')}</span>
        </li>
      ))}
      {result.rows.length > BARS_MAX && <li className="more">{result.rows.length - BARS_MAX} more in the table</li>}
    </ol>
  );
}
