import { useEffect } from 'react';
import { createStore, useStore } from '../api/store.ts';

/** A key, or two in a row (`g i`), of a view: what it does and its word in the list of keys. */
export type KeyBinding = { readonly keys: string; readonly word: string; readonly run: (event: KeyboardEvent) => void };

/** Two keys are a pair when the second comes within this time. */
export const SECOND_KEY_MS_MAX = 900;
type Layer = { readonly name: string; readonly bindings: readonly KeyBinding[] };
const layers = createStore<readonly Layer[]>([]);
let first: { readonly key: string; readonly atMs: number } | null = null;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !target.matches('[type=checkbox]')));

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) && event.key !== 'Escape') return;
  const key =
    event.shiftKey && event.key.length === 1 && /[a-z]/i.test(event.key)
      ? `Shift+${event.key.toLowerCase()}`
      : event.key;
  // A dialog has the keyboard for itself.
  if (document.querySelector('dialog[open]') !== null) return;
  const all = layers.get().flatMap(({ bindings }) => bindings);
  const both = first !== null && Date.now() - first.atMs < SECOND_KEY_MS_MAX ? `${first.key} ${key}` : null;
  const found = all.findLast(({ keys }) => keys === both) ?? all.findLast(({ keys }) => keys === key);
  first = all.some(({ keys }) => keys.startsWith(`${key} `)) && both === null ? { key, atMs: Date.now() } : null;
  if (found === undefined) return;
  event.preventDefault();
  found.run(event);
}

window.addEventListener('keydown', onKey);

/** The keys of a view while it is shown; those of the view above win. `name` heads them in the list of keys. */
export function useKeys(bindings: readonly KeyBinding[], name = 'Here'): void {
  useEffect(() => {
    const layer = { name, bindings };
    layers.set([...layers.get(), layer]);
    return () => layers.set(layers.get().filter((one) => one !== layer));
  }, [bindings, name]);
}

/** All keys that work now, by who gives them, for the list behind `?`: those that win first. */
export function useAllKeys(): readonly Layer[] {
  const groups = new Map<string, KeyBinding[]>();
  const seen = new Set<string>();
  for (const { name, bindings } of useStore(layers).toReversed()) {
    const group = groups.get(name) ?? [];
    groups.set(name, group);
    for (const binding of bindings) {
      if (seen.has(binding.keys)) continue;
      seen.add(binding.keys);
      group.push(binding);
    }
  }
  return [...groups].map(([name, bindings]) => ({ name, bindings })).sort((a, b) => place(a) - place(b));
}

const place = ({ name }: Layer): number => (name === 'Everywhere' ? 1 : 0);
