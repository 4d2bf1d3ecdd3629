import { useEffect } from 'react';
import { createStore, useStore } from '../api/store.ts';

/** A key, or two in a row (`g i`), of a view: what it does and its word in the list of keys. */
export type KeyBinding = { readonly keys: string; readonly word: string; readonly run: (event: KeyboardEvent) => void };

const SECOND_KEY_MS_MAX = 900;
const layers = createStore<readonly (readonly KeyBinding[])[]>([]);
let first: { readonly key: string; readonly atMs: number } | null = null;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) && event.key !== 'Escape') return;
  const key =
    event.shiftKey && event.key.length === 1 && /[a-z]/i.test(event.key)
      ? `Shift+${event.key.toLowerCase()}`
      : event.key;
  const all = layers.get().flat();
  const both = first !== null && Date.now() - first.atMs < SECOND_KEY_MS_MAX ? `${first.key} ${key}` : null;
  const found = all.findLast(({ keys }) => keys === both) ?? all.findLast(({ keys }) => keys === key);
  first = all.some(({ keys }) => keys.startsWith(`${key} `)) && both === null ? { key, atMs: Date.now() } : null;
  if (found === undefined) return;
  event.preventDefault();
  found.run(event);
}

window.addEventListener('keydown', onKey);

/** The keys of a view while it is shown; those of the view above win. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  useEffect(() => {
    layers.set([...layers.get(), bindings]);
    return () => layers.set(layers.get().filter((layer) => layer !== bindings));
  }, [bindings]);
}

/** All keys that work now, for the list behind `?`. */
export const useAllKeys = (): readonly KeyBinding[] => useStore(layers).flat();
