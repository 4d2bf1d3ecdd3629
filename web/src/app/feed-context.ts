import { createContext, useContext, useEffect } from 'react';
import type { Change, ChangeFeed } from '../api/change-feed.ts';

export const FeedContext = createContext<ChangeFeed | null>(null);

/** Called for each change of the logpoint; `onReset` when some were missed. Both have to be stable. */
export function useChanges(onChange: (change: Change) => void, onReset: () => void): void {
  const feed = useContext(FeedContext);
  useEffect(() => feed?.listen({ onChange, onReset }), [feed, onChange, onReset]);
}
