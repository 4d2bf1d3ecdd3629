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
  const days = rowsOf(found['per_day']);
  const noisiest = rowsOf(found['noisiest']);
  const most = Math.max(1, ...days.map((day) => numberOf(day['incidents'])));
  return (
    <div className="forecast">
      <p>
        Would have raised <strong>{numberOf(found['incidents'])} incidents</strong> from {numberOf(found['hits'])} hits
        in the last {DAYS} days
        {cut === '' ? '' : `; it stopped early, so there may be more: ${cut}`}.
      </p>
      <ol className="days">
        {days.map((day) => (
          <li key={textOf(day['day'])}>
            <span>{textOf(day['day'])}</span>
            <meter min={0} max={most} value={numberOf(day['incidents'])} aria-hidden="true" />
            <span className="num">
              {numberOf(day['incidents'])} incidents, {numberOf(day['hits'])} hits
            </span>
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
