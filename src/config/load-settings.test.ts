import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSettingsFile, resolveSettings, type SettingsSources } from './load-settings.ts';
import { environmentNameOf, flagOf } from './options.ts';
import { settingsPage } from './settings-page.ts';

const sources = (given: Partial<SettingsSources>): SettingsSources => ({
  flags: {},
  environment: {},
  file: new Map(),
  ...given,
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-settings-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('without any source every option has its default', () => {
  const settings = resolveSettings(sources({}));
  expect(settings.port).toBe(8514);
  expect(settings['syslog.port']).toBeNull();
  expect(settings['egress.allow']).toEqual([]);
});

test('a flag wins over the environment, which wins over the file', () => {
  const file = new Map<string, unknown>([
    ['port', 1],
    ['rules.settleSeconds', 3],
    ['close_unresolved', true],
  ]);
  const environment = { TOCSIN_PORT: '2', TOCSIN_RULES_SETTLE_SECONDS: '4' };
  const settings = resolveSettings(sources({ flags: { port: '5' }, environment, file }));
  expect([settings.port, settings['rules.settleSeconds'], settings.close_unresolved]).toEqual([5, 4, true]);
});

test('flag and variable follow from the name', () => {
  expect(flagOf('notify.backoffMs')).toBe('notify-backoff-ms');
  expect(flagOf('close_unresolved')).toBe('close-unresolved');
  expect(environmentNameOf('rules.settleSeconds')).toBe('TOCSIN_RULES_SETTLE_SECONDS');
});

test('a bad value names the option, the value and what was expected', () => {
  const bad = (flags: SettingsSources['flags']) => () => resolveSettings(sources({ flags }));
  expect(bad({ port: '99999' })).toThrow('option port (--port) is "99999": expected a whole number from 0 to 65535');
  expect(bad({ port: '1e3' })).toThrow('"1e3"');
  expect(bad({ 'egress.allow': '10.0.0.0/33' })).toThrow('expected networks such as 10.0.0.0/8');
  expect(bad({ 'log.level': 'loud' })).toThrow('expected one of trace');
  expect(bad({ 'tls.cert': 'a.pem' })).toThrow('belong together');
  expect(() => resolveSettings(sources({ environment: { TOCSIN_PORT: '' } }))).toThrow('TOCSIN_PORT');
});

test('a secret does not appear in a message', () => {
  const file = new Map<string, unknown>([['smtp.password', 12345]]);
  expect(() => resolveSettings(sources({ file }))).toThrow('a value that is not shown');
});

test('the settings file is flattened with dots, and an unknown key stops the start', () => {
  writeFileSync(
    join(dir, 'tocsin.yaml'),
    'port: 0\nrules:\n  settleSeconds: 7\negress:\n  allow: [127.0.0.0/8, "::1"]\n',
  );
  const settings = resolveSettings(sources({ file: readSettingsFile(dir) }));
  expect(settings['rules.settleSeconds']).toBe(7);
  expect(settings['egress.allow']).toEqual(['127.0.0.0/8', '::1']);
  expect(() => resolveSettings(sources({ file: new Map([['prot', 1]]) }))).toThrow(
    'option prot (tocsin.yaml) is unknown',
  );
});

test('a settings file that is not a mapping is refused in one line', () => {
  writeFileSync(join(dir, 'tocsin.yaml'), '- a\n- b\n');
  expect(() => readSettingsFile(dir)).toThrow('expected a mapping');
  writeFileSync(join(dir, 'tocsin.yaml'), 'a: [1\nb: }');
  expect(() => readSettingsFile(dir)).toThrow(/^tocsin\.yaml: [^\n]+$/);
});

test('the generated page has one row an option and shows no secret', () => {
  const page = settingsPage([{ what: 'a comment', most: 32_768, unit: 'characters', beyond: 'the order fails' }]);
  expect(page).toContain('| a comment | 32,768 characters | the order fails |');
  expect(page).toContain(
    '| `rules.settleSeconds` | `--rules-settle-seconds`<br>`TOCSIN_RULES_SETTLE_SECONDS` | `120` |',
  );
});
