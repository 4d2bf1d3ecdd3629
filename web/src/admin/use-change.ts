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

/** Makes a change, says what became of it, and reads the lists anew. Answers whether it was made. */
export function useChange(): { readonly isBusy: boolean; readonly change: (change: Change) => Promise<boolean> } {
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
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
      void queries.invalidateQueries({ queryKey: ['admin'] });
    }
  };
  return { isBusy, change };
}
