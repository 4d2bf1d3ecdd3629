/** A tree without its spans: for comparing what two texts mean. */
export function withoutSpans(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, part: unknown) => (key === 'span' ? undefined : part)));
}
