import { useQuery } from '@tanstack/react-query';
import type { JsonObject } from '../../../src/shared/json.ts';
import { order } from '../api/order.ts';
import { numberOf, objectOf, rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { Trouble } from '../parts/trouble.tsx';

const DAYS = 7;
const DAY_SECONDS = 86_400;

/** What a saved rule (`rule_id`) or one that is not saved yet (`rule`) would have done over the last days. */
export function backtest(base: string, what: JsonObject, signal: AbortSignal): Promise<JsonObject> {
  const to = Math.floor(Date.now() / 1000);
  return order(`${base}/AlertRules/backtest`, { ...what, from: to - DAYS * DAY_SECONDS, to }, { signal });
}

/** What a rule would have raised over the last days: before somebody has to work it. */
export function NoiseForecast({ ruleId }: { readonly ruleId: string }) {
  const { base } = useTenant();
  const forecast = useQuery({
    queryKey: [base, 'backtest', ruleId],
    queryFn: ({ signal }) => backtest(base, { rule_id: ruleId }, signal),
    retry: false,
  });
  if (forecast.isPending) return <output className="loading">Running the rule over the last {DAYS} days…</output>;
  if (forecast.error !== null) return <Trouble error={forecast.error} onRetry={() => void forecast.refetch()} />;
  return <Forecast found={forecast.data} />;
}

/** The answer of a backtest over the last days, a bar for each. */
export function Forecast({ found }: { readonly found: JsonObject }) {
  const cut = textOf(objectOf(found['cut'])['reason']);
  const days = daysOf(found);
  const noisiest = rowsOf(found['noisiest']);
  const most = Math.max(1, ...days.map(({ incidents }) => incidents));
  return (
    <div className="forecast">
      <p>
        Would have raised <strong>{numberOf(found['incidents'])} incidents</strong> from {numberOf(found['hits'])} hits
        in the last {DAYS} days
        {cut === '' ? '' : `; it stopped early, so there may be more: ${cut}`}.
      </p>
      <ol className="days" aria-label="Incidents by day">
        {days.map(({ day, incidents, hits }) => (
          <li key={day} title={`${day}: ${incidents} incidents from ${hits} hits`}>
            <strong>{incidents}</strong>
            <i style={{ blockSize: `${(100 * incidents) / most}%` }} />
            <span>{day.slice(5)}</span>
            <small>{hits} hits</small>
          </li>
        ))}
      </ol>
      {noisiest.length > 0 && (
        <p>
          Most of it:{' '}
          {noisiest.slice(0, 5).map((value) => (
            <span key={`${textOf(value['field'])} ${textOf(value['value'])}`} className="chip">
              {textOf(value['field'])} = <HostileText text={textOf(value['value'])} /> ({numberOf(value['count'])})
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

/** Every day of the range, those without a hit too. */
function daysOf(
  found: JsonObject,
): readonly { readonly day: string; readonly incidents: number; readonly hits: number }[] {
  const known = new Map(rowsOf(found['per_day']).map((row) => [textOf(row['day']), row]));
  const last = [...known.keys()].sort().at(-1) ?? '';
  const toMs = Math.max(Date.now(), Date.parse(last) || 0);
  return Array.from({ length: DAYS + 1 }, (_, place) => {
    const day = new Date(toMs - (DAYS - place) * DAY_SECONDS * 1000).toISOString().slice(0, 10);
    const row = known.get(day) ?? {};
    return { day, incidents: numberOf(row['incidents']), hits: numberOf(row['hits']) };
  });
}
