import type { JsonObject } from '../../../src/shared/json.ts';
import { numberOf, rowsOf, textOf } from '../api/read-json.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { Rows, Time } from './rows.tsx';

const STATE_WORDS: Readonly<Record<string, string>> = {
  queued: '◌ waits',
  delivered: '● delivered',
  dead: '▲ given up',
  suppressed: '– suppressed',
};

/** What was told about the incident: to whom, how it went, each attempt. */
export const DeliveryTab = ({ id }: { readonly id: string }) => (
  <Rows
    id={id}
    part="deliveries"
    empty="Nothing was sent for this incident: its rule has no notification, or none was due. i sends it for investigation."
    draw={(row) => <Delivery row={row} />}
  />
);

function Delivery({ row }: { readonly row: JsonObject }) {
  const state = textOf(row['state']);
  const attempts = rowsOf(row['attempts']);
  const reason = textOf(row['reason']);
  return (
    <div className="delivery">
      <div className="entry-head">
        <span className={`state ${state}`}>{STATE_WORDS[state] ?? state}</span>{' '}
        <strong>{textOf(row['channel'])}</strong> <HostileText text={textOf(row['target'])} />{' '}
        <small>{textOf(row['cause'])}</small> <Time value={row['finished_at'] ?? row['enqueued_at']} />
      </div>
      {reason !== '' && (
        <p>
          <HostileText text={reason} />
        </p>
      )}
      {state === 'queued' && row['next_attempt_at'] !== null && (
        <p>
          Next attempt: <Time value={row['next_attempt_at']} />
        </p>
      )}
      {attempts.length > 0 && (
        <details>
          <summary>
            {attempts.length} {attempts.length === 1 ? 'attempt' : 'attempts'}
          </summary>
          <ol className="entries">
            {attempts.map((attempt) => (
              <li key={textOf(attempt['attempt'])}>
                <Time value={attempt['started_at']} /> <strong>{textOf(attempt['outcome'])}</strong>{' '}
                {attempt['duration_ms'] !== null && <small>{Math.round(numberOf(attempt['duration_ms']))} ms</small>}{' '}
                <HostileText text={textOf(attempt['request'])} />{' '}
                <HostileText text={textOf(attempt['error']) || textOf(attempt['answer'])} />
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}
