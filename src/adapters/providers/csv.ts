/** Rows of a CSV text as RFC 4180 has it: quotes double inside quotes, lines end with LF or CRLF. Empty lines are left out. */
export function* csvRows(text: string): Generator<string[]> {
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let row: string[] = [];
  while (at < text.length) {
    const isQuoted = text.charAt(at) === '"';
    const end = isQuoted ? endOfQuoted(text, at) : endOfPlain(text, at);
    row.push(isQuoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end));
    at = endOfPlain(text, end);
    if (text.charAt(at) === ',') {
      at++;
      // A comma at the very end stands before an empty cell.
      if (at < text.length) continue;
      row.push('');
    }
    if (text.startsWith('\r\n', at)) at++;
    at++;
    if (row.length > 1 || row[0] !== '') yield row;
    row = [];
  }
}

function endOfPlain(text: string, from: number): number {
  let at = from;
  while (at < text.length && !',\n'.includes(text.charAt(at)) && !text.startsWith('\r\n', at)) at++;
  return at;
}

/** Behind the quote that closes; the end of the text when none does. */
function endOfQuoted(text: string, from: number): number {
  let at = text.indexOf('"', from + 1);
  while (at >= 0 && text.charAt(at + 1) === '"') at = text.indexOf('"', at + 2);
  return at < 0 ? text.length + 1 : at + 1;
}
