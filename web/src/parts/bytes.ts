const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `1.2 GB`, of a thousand each. */
export function bytesText(bytes: number): string {
  let rest = bytes;
  for (const unit of UNITS) {
    if (rest < 1_000 || unit === 'TB') {
      return `${rest < 10 && unit !== 'B' ? rest.toFixed(1) : Math.round(rest).toLocaleString('en')} ${unit}`;
    }
    rest /= 1_000;
  }
  return `${bytes} B`;
}
