import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtInCatalogue } from '../src/attack/built-in.ts';
import type { LogEvent } from '../src/events/event.ts';
import { decodeEntry } from '../src/ingest/decode-entry.ts';
import { RECORD_FORMATS } from '../src/ingest/record.ts';
import { formatDiagnostic } from '../src/query/diagnostics.ts';
import { evaluate } from '../src/query/evaluate.ts';
import { parseQuery } from '../src/query/parse-query.ts';
import type { Plan } from '../src/query/plan.ts';
import { planQuery } from '../src/query/plan-query.ts';
import { parseRuleFile, type RuleFile } from '../src/rules/rule-file.ts';

// Every rule that ships fires on the logs that its file says it must, and stays silent on those that it must not.

const directory = 'samples/rules';
const files = readdirSync(directory).sort();
const rules = files.map((name) => ({ name, rule: parseRuleFile(readFileSync(join(directory, name), 'utf8'), name) }));

const textOf = (rule: RuleFile, field: string): string => {
  const value = rule.fields[field];
  return typeof value === 'string' ? value : '';
};

function planOf(rule: RuleFile): Plan {
  const text = textOf(rule, 'query');
  const { query, diagnostics } = parseQuery(text);
  const planned = query === null ? { plan: null, diagnostics: [] } : planQuery(query);
  const said = [...diagnostics, ...planned.diagnostics].map((diagnostic) => formatDiagnostic(text, diagnostic));
  if (planned.plan === null || said.length > 0) throw new Error(said.join('\n'));
  return planned.plan;
}

function decode(log: string, formatName: string): readonly LogEvent[] {
  const format = RECORD_FORMATS.find((known) => known === formatName);
  if (format === undefined) throw new Error(`the format ${formatName} is not one of ${RECORD_FORMATS.join(', ')}`);
  const bytes = Buffer.from(log);
  const spans: number[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start);
    spans.push(start, end);
    start = end + 1;
  }
  const decoded = decodeEntry(
    {
      poolId: 'a'.repeat(32),
      logpointId: 'b'.repeat(32),
      logpointName: 'LogPoint',
      repo: 'default',
      format,
      colType: 'http',
      remoteIp: '192.0.2.1',
      sourceName: 'test',
      timeZone: 'UTC',
      receivedAtMs: Date.UTC(2026, 10, 23, 7),
    },
    { bytes, spans: Uint32Array.from(spans) },
    1,
  );
  expect(decoded.rejected).toEqual([]);
  return decoded.events;
}

const rowsOf = (rule: RuleFile, log: string): number => evaluate(planOf(rule), decode(log, rule.tests.format)).length;

test('there are rules enough, each with a name of its own', () => {
  expect(rules.length).toBeGreaterThanOrEqual(25);
  expect(new Set(rules.map(({ rule }) => textOf(rule, 'searchname'))).size).toBe(rules.length);
});

test('every technique that a rule names is in the ATT&CK table', () => {
  const known = new Set(builtInCatalogue().techniques.map((technique) => technique.id));
  const tags = rules.flatMap(({ rule }) => rule.fields['attack_tag']).filter((tag) => typeof tag === 'string');
  expect(tags.length).toBeGreaterThanOrEqual(rules.length);
  expect(tags.filter((tag) => !known.has(tag))).toEqual([]);
});

describe.each(rules)('$name', ({ rule }) => {
  const needed = Number(rule.fields['condition_value']);

  test.each(rule.tests.matches)('fires on log %#', (log) => {
    expect(rowsOf(rule, log)).toBeGreaterThan(needed);
  });

  test.each(rule.tests.misses)('is silent on log %#', (log) => {
    expect(rowsOf(rule, log)).toBeLessThanOrEqual(needed);
  });
});

test('the recorded attacks raise what an analyst expects, and nothing more', () => {
  const logs = readdirSync('samples/logs').map((name) => readFileSync(join('samples/logs', name), 'utf8'));
  const fired = rules
    .filter(({ rule }) => logs.some((log) => rowsOf({ ...rule, tests: { ...rule.tests, format: 'auto' } }, log) > 0))
    .map(({ name }) => name.replace('.yaml', ''));
  expect(fired).toEqual([
    'linux-account-created',
    'linux-account-deleted',
    'linux-added-to-admin-group',
    'ssh-brute-force-success',
    'ssh-brute-force',
    'ssh-root-login',
    'ssh-unknown-users',
    'sudo-not-in-sudoers',
    'sudo-reads-password-hashes',
    'sudo-root-shell',
    'sudoers-changed',
    'web-content-scan',
    'web-cross-site-scripting',
    'web-log4shell',
    'web-login-guessing',
    'web-path-traversal',
    'web-scanner-user-agent',
    'web-sql-injection',
  ]);
});
