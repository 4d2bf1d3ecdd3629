/**
 * Values of a list that is imported: lines of a text, or the cells of a CSV (RFC 4180 quotes), each once, in order,
 * without blanks around them.
 */
export function readValues(source: string): readonly string[] {
  const values = new Set<string>();
  const text = source.replace(/^\uFEFF/, '');
  let cell = '';
  let isQuoted = false;
  const end = (): void => {
    const value = cell.trim();
    if (value !== '') values.add(value);
    cell = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (isQuoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') {
        cell += char;
        at += 1;
      } else isQuoted = false;
    } else if (char === '"' && cell.trim() === '') {
      isQuoted = true;
      cell = '';
    } else if (char === ',' || char === '\n' || char === '\r') end();
    else cell += char;
  }
  end();
  return [...values];
}
