import { expect, test } from 'vitest';
import { searchLink } from './search-link.ts';

const repos = ['127.0.0.1:5504/_LogPointAlerts', '127.0.0.1:5504/_logpoint', '127.0.0.1:5504/default'];

test("a link is encoded exactly like the sample of the vendor's page", () => {
  const link = searchLink(
    'logpoint',
    'myQuery',
    repos,
    Date.UTC(2025, 6, 21, 9, 10, 8),
    Date.UTC(2025, 7, 20, 9, 10, 8),
  );
  expect(link).toBe(
    'https://logpoint/#Logs/searchLogs?query=myQuery&repos=%5B%27127.0.0.1%3A5504%2F_LogPointAlerts%27%2C+%27127.0.0.1%3A5504%2F_logpoint%27%2C+%27127.0.0.1%3A5504%2Fdefault%27%5D&time_range=2025%2F07%2F21+09%3A10%3A08+To+2025%2F08%2F20+09%3A10%3A08',
  );
});

test('a link survives quotes, markup, emoji and half characters in the query', () => {
  const queries = [`user="a b" -msg='*<b>&x=1#*'`, 'пользователь=🦊', 'a!b(c)*', 'half \ud83d'];
  for (const query of queries) {
    const link = searchLink('h', query, repos, 0, 60_000);
    const shown = new URLSearchParams(link.split('?')[1]).get('query');
    expect(shown).toBe(Buffer.from(query, 'utf8').toString('utf8'));
    expect(link).toMatch(/^[\x21-\x7e]+$/);
  }
});

test('a quote in a repo name is shown as Python shows it', () => {
  const link = searchLink('h', 'q', ["it's", `both ' and "`], 0, 1000);
  expect(new URLSearchParams(link.split('?')[1]).get('repos')).toBe(`["it's", 'both \\' and "']`);
});
