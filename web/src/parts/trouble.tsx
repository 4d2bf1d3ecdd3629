import { adviceFor, titleOf } from '../api/api-error.ts';

/** What went wrong, what helps, and the way to try again. */
export function Trouble({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  return (
    <div className="trouble box" role="alert">
      <strong>{titleOf(error)}.</strong> {adviceFor(error)}{' '}
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
