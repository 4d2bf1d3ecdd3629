import { useState } from 'react';
import { visibleText } from '../parts/hostile-text.tsx';
import { localTime } from '../parts/times.tsx';
import { type Bucket, cellText, overTimeOf, type SearchResult } from './search-result.ts';

const BARS_MAX = 25;
const HEIGHT = 64;
const CHART_HEIGHT = 180;

type EventHistogramProps = {
  readonly buckets: readonly Bucket[];
  readonly fromMs: number;
  readonly toMs: number;
  /** The columns are not whole yet. */
  readonly isCounting: boolean;
  readonly onPick: (fromMs: number, toMs: number) => void;
};

/** Events over time; a column is the way into its time. */
export function EventHistogram({ buckets, fromMs, toMs, isCounting, onPick }: EventHistogramProps) {
  const most = Math.max(1, ...buckets.map(({ count }) => count));
  const stepMs = (toMs - fromMs) / Math.max(1, buckets.length);
  return (
    <fieldset className={isCounting ? 'event-histogram counting' : 'event-histogram'}>
      <legend className="sr">Events over time</legend>
      <span className="axis-most">{most.toLocaleString('en')}</span>
      <svg viewBox={`0 0 ${buckets.length * 10} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {buckets.map(({ atMs, count }, at) => {
          // A few events beside many stay seen.
          const height = count === 0 ? 0 : Math.max(2, (count / most) * (HEIGHT - 2));
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
        <span className="quiet">
          {isCounting ? 'counting all events…' : `one column is ${spanText(stepMs)}; click one to look into it`}
        </span>
        <span>{localTime(toMs)}</span>
      </div>
    </fieldset>
  );
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** `30 min`: in the largest unit of which it has one. */
function spanText(ms: number): string {
  for (const [unit, word] of UNITS) if (ms >= unit) return `${Math.round((10 * ms) / unit) / 10} ${word}`;
  return `${Math.round(ms)} ms`;
}

type ChartProps = {
  readonly result: SearchResult;
  readonly onPick: (field: string, value: string) => void;
};

/** A chart query draws itself: over time as columns, else as bars. */
export function ResultChart({
  result,
  onPick,
  onTime,
}: ChartProps & { readonly onTime: (fromMs: number, toMs: number) => void }) {
  const [chosen, setChosen] = useState('');
  const measure = result.numbers.find((name) => name === chosen) ?? result.numbers[0];
  if (measure === undefined || result.rows.length === 0) return null;
  return (
    <section className="result-chart" aria-label="Chart">
      {result.numbers.length > 1 && (
        <label>
          Drawn{' '}
          <select value={measure} onChange={(event) => setChosen(event.target.value)}>
            {result.numbers.map((name) => (
              <option key={name} value={name}>
                {visibleText(name)}
              </option>
            ))}
          </select>
        </label>
      )}
      {result.isOverTime ? (
        <TimeChart {...{ result, measure, onPick, onTime }} />
      ) : (
        <BarChart {...{ result, measure, onPick }} />
      )}
    </section>
  );
}

type TimeChartProps = ChartProps & {
  readonly measure: string;
  readonly onTime: (fromMs: number, toMs: number) => void;
};

/** Stacked columns; the legend narrows the search to a series. */
function TimeChart({ result, measure, onPick, onTime }: TimeChartProps) {
  const { timesMs, stepMs, series } = overTimeOf(result, measure);
  const group = result.columns.find((name) => name !== 'log_ts' && !result.numbers.includes(name));
  const sums = timesMs.map((_, at) => series.reduce((sum, { counts }) => sum + Math.max(0, counts[at] ?? 0), 0));
  const most = Math.max(...sums, 1e-9);
  return (
    <>
      <div className="time-chart" role="img" aria-label={`${measure} over time, at most ${most.toLocaleString('en')}`}>
        <span className="axis-most">{most.toLocaleString('en')}</span>
        <svg viewBox={`0 0 ${timesMs.length * 10} ${CHART_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {timesMs.map((atMs, at) => {
            let top = CHART_HEIGHT;
            return series.map(({ name, counts }, place) => {
              const height = (Math.max(0, counts[at] ?? 0) / most) * (CHART_HEIGHT - 4);
              top -= height;
              return height === 0 ? null : (
                <rect
                  key={`${atMs} ${name}`}
                  className={`s${place}`}
                  x={at * 10 + 1}
                  width="8"
                  y={top}
                  height={height}
                />
              );
            });
          })}
        </svg>
        <div className="event-histogram-hits">
          {timesMs.map((atMs, at) => (
            <button
              key={atMs}
              type="button"
              tabIndex={-1}
              aria-hidden="true"
              title={[
                localTime(atMs),
                ...series.flatMap(({ name, counts }) =>
                  (counts[at] ?? 0) === 0
                    ? []
                    : [`${visibleText(name).slice(0, 80)}: ${counts[at]?.toLocaleString('en')}`],
                ),
              ].join('\n')}
              onClick={() => onTime(atMs, atMs + stepMs)}
            />
          ))}
        </div>
        <div className="event-histogram-axis">
          <span>{localTime(timesMs[0] ?? 0)}</span>
          <span className="quiet">one column is {spanText(stepMs)}</span>
          <span>{localTime(timesMs.at(-1) ?? 0)}</span>
        </div>
      </div>
      {group !== undefined && (
        <ul className="series" aria-label={`Series of ${group}`}>
          {series.map(({ name, value }, place) => (
            <li key={name}>
              <i className={`s${place}`} />
              {value === '' ? (
                visibleText(name)
              ) : (
                <button type="button" className="inline" title="Only this one" onClick={() => onPick(group, value)}>
                  {visibleText(name).slice(0, 80)}
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Bars in the order of the query. */
function BarChart({ result, measure, onPick }: ChartProps & { readonly measure: string }) {
  const groups = result.columns.filter((name) => !result.numbers.includes(name));
  const [group] = groups;
  if (group === undefined) {
    return <p className="lone-number">{Number(result.rows[0]?.[measure]).toLocaleString('en')}</p>;
  }
  const bars = result.rows.slice(0, BARS_MAX).map((row) => ({
    label: groups.map((name) => cellText(name, row[name])).join(' · '),
    value: cellText(group, row[group]),
    count: Number(row[measure]),
  }));
  const most = Math.max(...bars.map(({ count }) => Math.abs(count)), 1e-9);
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
