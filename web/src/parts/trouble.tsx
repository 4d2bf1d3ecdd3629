import { ApiError, adviceFor, titleOf } from '../api/api-error.ts';
import { HostileText } from './hostile-text.tsx';

/** What went wrong, what helps, and the way to try again. */
export function Trouble({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const fields = error instanceof ApiError ? error.fields : [];
  return (
    <div className="trouble box" role="alert">
      <strong>
        <HostileText text={titleOf(error).replace(/\.$/, '')} />.
      </strong>{' '}
      {adviceFor(error)}{' '}
      {fields.length > 0 && (
        <ul>
          {fields.map(({ field, messages }) => (
            <li key={field}>
              <code>{field}</code>: <HostileText text={messages.join('; ')} />
            </li>
          ))}
        </ul>
      )}
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
