import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { titleOf } from '../api/api-error.ts';
import { toast } from '../app/toasts.tsx';

export type Change = {
  readonly run: () => Promise<unknown>;
  /** What is true then. */
  readonly done: string;
  /** Takes it back; left out where nothing can. */
  readonly undo?: () => void;
};

/** Makes a change, says what became of it, and reads the lists anew. `change` answers whether it was made. */
export function useChange(): {
  readonly isBusy: boolean;
  readonly change: (change: Change) => Promise<boolean>;
  /** For a change that was made elsewhere: says it, and reads the lists anew. */
  readonly done: (text: string, undo?: () => void) => void;
} {
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const renew = (): void => void queries.invalidateQueries({ queryKey: ['admin'] });
  const change = async ({ run, done, undo }: Change): Promise<boolean> => {
    setBusy(true);
    try {
      await run();
      toast.done(done, undo ?? null);
      return true;
    } catch (error) {
      toast.trouble(titleOf(error));
      return false;
    } finally {
      setBusy(false);
      renew();
    }
  };
  const done = (text: string, undo?: () => void): void => {
    toast.done(text, undo ?? null);
    renew();
  };
  return { isBusy, change, done };
}
