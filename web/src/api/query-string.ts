export type QueryValue = string | number | boolean | null | undefined | readonly string[];

/** `?a=1&b=x,y` of what is set; empty when nothing is. Lists are joined by commas. */
export function queryString(values: Readonly<Record<string, QueryValue>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    const text = Array.isArray(value) ? value.join(',') : value;
    if (text === undefined || text === null || text === '') continue;
    params.set(name, String(text));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
