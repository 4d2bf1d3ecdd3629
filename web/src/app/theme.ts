const KEY = 'tocsin-theme';
const NAMES = ['system', 'dark', 'light'] as const;
export type ThemeName = (typeof NAMES)[number];

export function themeName(): ThemeName {
  const kept = localStorage.getItem(KEY);
  return NAMES.find((name) => name === kept) ?? 'dark';
}

function apply(name: ThemeName): void {
  document.documentElement.style.colorScheme = name === 'system' ? 'dark light' : name;
}

/** Goes on to the next theme and remembers it in this browser. */
export function nextTheme(): ThemeName {
  const next = NAMES[(NAMES.indexOf(themeName()) + 1) % NAMES.length] ?? 'dark';
  localStorage.setItem(KEY, next);
  apply(next);
  return next;
}

apply(themeName());
