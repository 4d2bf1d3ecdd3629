/**
 * How a part of the server is: what it counts, and whether it can do its work. The counts become metrics by their
 * names, the readiness is shown by `/readyz`.
 */
export type PartStatus = {
  readonly isReady: boolean;
  /** Why it is not ready, in words; shown to callers, so it holds no secret. */
  readonly reason?: string | undefined;
  /** Numbers by name in camel case with the unit last (`bytesWaiting`); objects are levels of the name. */
  readonly counts: Counts;
  /** Numbers of which there is one for each of a few named things. */
  readonly series?: readonly PartSeries[] | undefined;
};

export type PartSeries = {
  /** In snake case, unit last. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Counts = {
  readonly [name: string]: number | boolean | string | null | undefined | Counts | readonly unknown[];
};

export type Parts = Readonly<Record<string, () => PartStatus | Promise<PartStatus>>>;

/** Numbers of a status by metric name: `{ journal: { bytesWaiting: 1 } }` of `ingest` → `tocsin_ingest_journal_bytes_waiting`. */
export function flattenCounts(part: string, counts: Counts): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const visit = (prefix: string, level: Counts): void => {
    for (const [name, value] of Object.entries(level)) {
      const full = `${prefix}_${snakeCase(name)}`;
      if (typeof value === 'number' && Number.isFinite(value)) found.set(full, value);
      else if (typeof value === 'boolean') found.set(full, value ? 1 : 0);
      else if (isLevel(value)) visit(full, value);
    }
  };
  visit(prefixOf(part), counts);
  return found;
}

const isLevel = (value: Counts[string]): value is Counts =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `eventStore` → `tocsin_event_store`. */
export const prefixOf = (part: string): string => `tocsin_${snakeCase(part)}`;

const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9_]/g, '_')
    .toLowerCase();
