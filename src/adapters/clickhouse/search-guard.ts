/**
 * The last wall before a search reaches the engine: the text must be one SELECT over the logpoint's own table.
 *
 * The compiler writes nothing else. But `readonly = 1` alone does not hold in an embedded engine: it still runs the
 * scalar `file('/etc/passwd')` and `INTO OUTFILE` (seen on chDB 3.4), so a mistake in the compiler would be a hole.
 * Identifiers in quotes are names, never keywords; text and numbers arrive as parameters.
 */
const TOKEN =
  /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|`(?:[^`\\]|\\[\s\S]|``)*`|\{\w+(?::[^{}]*)?\}|--|\/\*|[A-Za-z_]\w*|\d[\w.]*|\s+|[\s\S]/g;

const FORBIDDEN_WORDS = new Set(['into', 'settings', 'format', 'insert', 'alter', 'drop', 'system', 'grant', 'set']);

/** Functions that reach outside the table, or only waste time. Table functions cannot stand where a scalar may. */
const FORBIDDEN_FUNCTIONS =
  /^(file|filesystem\w*|url|s3\w*|remote\w*|executable\w*|input|eval|view\w*|merge\w*|cluster\w*|sleep\w*|joinget\w*|dict\w*|getmacro|getsetting\w*|getserver\w*|getosk\w*|hostname|fqdn|tcpport|serveruuid|showcertificate|catboost\w*|address\w*|demangle|currentdatabase|currentuser|initialuser|display\w*|blockserialized\w*|ai\w*)$/;

/** What is wrong with the text of a search, or null. */
export function searchFault(sql: string): string | null {
  const tokens = (sql.match(TOKEN) ?? []).filter((token) => token.trim() !== '');
  if (!/^(select|with)$/i.test(tokens[0] ?? '')) return 'it is not a SELECT';
  for (const [at, token] of tokens.entries()) {
    const fault = tokenFault(token, tokens[at - 1] ?? '', tokens[at + 1] ?? '', tokens[at + 2] ?? '');
    if (fault !== null) return fault;
  }
  return null;
}

function tokenFault(token: string, before: string, next: string, afterNext: string): string | null {
  if (token === ';' || token === '--' || token === '/*' || token === '#' || token === '\0') return `it holds ${token}`;
  const isQuoted = token.startsWith('"') || token.startsWith('`');
  const word = (isQuoted ? token.slice(1, -1) : token).toLowerCase();
  if (next === '(' && FORBIDDEN_FUNCTIONS.test(word)) return `it calls ${word}`;
  if (isQuoted) return null;
  // A word after AS is a name, and so is one after a dot.
  if (FORBIDDEN_WORDS.has(word) && before.toLowerCase() !== 'as' && before !== '.') return `it says ${word}`;
  const takesSource = word === 'from' || (word === 'join' && before.toLowerCase() !== 'array');
  if (takesSource && !isOwnSource(next, afterNext)) return `it reads ${next}`;
  if (word === 'in' && !/^[({[]/.test(next) && !/^(tuple|array)$/i.test(next)) return `it looks into ${next}`;
  return null;
}

/** The table's placeholder, a subquery, or a bare name: a table expression of the same text, for no database is set. */
function isOwnSource(next: string, afterNext: string): boolean {
  if (next === '{events}' || next === '(') return true;
  return /^[A-Za-z_]\w*$/.test(next) && afterNext !== '(' && afterNext !== '.';
}
