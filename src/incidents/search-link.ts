/** Bytes that stay as they are in a form-encoded value: what Python's `quote_plus` calls safe. */
const SAFE = /^[A-Za-z0-9_.~-]$/;

/** `application/x-www-form-urlencoded` as the vendor writes it; half characters become U+FFFD. */
export function formEncode(text: string): string {
  if (/^[A-Za-z0-9_.~ -]*$/.test(text)) return text.replaceAll(' ', '+');
  let encoded = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const char = String.fromCharCode(byte);
    if (SAFE.test(char)) encoded += char;
    else if (byte === 0x20) encoded += '+';
    else encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** A string as Python's `repr` shows it, for what repo names may hold. */
function pythonText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return `${quote}${text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)}${quote}`;
}

export const pythonList = (values: readonly string[]): string => `[${values.map(pythonText).join(', ')}]`;

/** `YYYY/MM/DD HH:MM:SS` in UTC. */
function slashTime(atMs: number): string {
  const [date = '', time = ''] = new Date(atMs).toISOString().split('T');
  return `${date.replaceAll('-', '/')} ${time.slice(0, 8)}`;
}

/** The part of a link that all incidents of one rule version share. */
export const searchLinkBase = (host: string, query: string, repos: readonly string[]): string =>
  `https://${host}/#Logs/searchLogs?query=${formEncode(query)}&repos=${formEncode(pythonList(repos))}&time_range=`;

export const searchLinkRange = (fromMs: number, toMs: number): string =>
  formEncode(`${slashTime(fromMs)} To ${slashTime(toMs)}`);

/** Opens the incident's own search. Source: the sample of the vendor's FetchIncidents page. */
export const searchLink = (
  host: string,
  query: string,
  repos: readonly string[],
  fromMs: number,
  toMs: number,
): string => searchLinkBase(host, query, repos) + searchLinkRange(fromMs, toMs);
