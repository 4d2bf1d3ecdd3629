/** Outlines of 16 px, one set for the whole console. They stand beside words or under a label of their own. */
const PATHS = {
  incidents: 'M2 9.5h3l1 2h4l1-2h3M3.6 3h8.8L14 9v3.5a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V9z',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.4 10.4 14 14',
  rules: 'M9 1.8 3.2 9H8l-1 5.2L12.8 7H8z',
  attack: 'M2.5 2.5h3v3h-3zM6.5 6.5h3v3h-3zM10.5 2.5h3v3h-3zM2.5 10.5h3v3h-3zM10.5 10.5h3v3h-3z',
  overview: 'M2 14V2M2 14h12M5 11V8M8 11V5M11 11V7',
  sources: 'M8 13.2h.01M5.5 10.6a3.6 3.6 0 0 1 5 0M3.2 8a7 7 0 0 1 9.6 0M1.4 5.2a10 10 0 0 1 13.2 0',
  admin: 'M2 4.5h7M13 4.5h1M2 11.5h1M7 11.5h7M11 2.8v3.4M5 9.8v3.4',
  theme: 'M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12',
  columns: 'M2 3h12v10H2zM6 3v10M10 3v10',
  rows: 'M2 4h12M2 8h12M2 12h12',
  download: 'M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11',
  star: 'M8 2.2l1.8 3.7 4 .6-2.9 2.8.7 4L8 11.4l-3.6 1.9.7-4L2.2 6.5l4-.6z',
  link: 'M6.5 9.5l3-3M7 4.5l1.3-1.3a3 3 0 0 1 4.3 4.3L11.2 9M9 11.5l-1.3 1.3a3 3 0 0 1-4.3-4.3L4.8 7',
  close: 'M4 4l8 8M12 4l-8 8',
  full: 'M9.5 2.5h4v4M13.5 2.5 9 7M6.5 13.5h-4v-4M2.5 13.5 7 9',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
