import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { servedFolder } from './served-folder.ts';
import { eventually, runCommand } from './tocsin-process.ts';

// Rules of a running server: imported from JSON, and changed while logs come in.

const served = servedFolder();

const aRule = (searchname: string, query: string): JsonObject => ({
  searchname,
  query,
  limit: 10,
  timerange_minute: 1,
  condition_option: 'greaterthan',
  condition_value: 0,
  risk: 'low',
  aggregate: 'max',
});

test('JSON rules, a list or one a line, are imported, known again by name, and refused with a reason each', async () => {
  const connection = ['--url', served.server.url, '--token', served.founded.token, '--json'];
  const imported = async (text: string, ...more: string[]) => {
    const path = `${served.dir}/rules.json`;
    writeFileSync(path, text);
    const { stdout, stderr } = await runCommand(['rules', 'import', '--rules', path, ...more, ...connection]);
    expect(stderr).toBe('');
    return JSON.parse(stdout) as { readonly rows: readonly JsonObject[] } & JsonObject;
  };
  const rules = [aRule('first', 'a=1'), aRule('second', 'b=2 |'), { ...aRule('third', 'c=3'), repos: ['default'] }];
  const dry = await imported(JSON.stringify(rules), '--dry-run');
  expect(dry['imported']).toBe(3);
  const found = await imported(JSON.stringify(rules));
  expect(found).toMatchObject({ imported: 2, updated: 0, unchanged: 0, refused: 1 });
  expect(found.rows.map(({ title, fate }) => [title, fate])).toEqual([
    ['first', 'imported'],
    ['second', 'refused'],
    ['third', 'imported'],
  ]);
  expect(String(found.rows[1]?.['reason'])).toContain('query');
  const lines = [aRule('first', 'a=1'), aRule('third', 'c=4')].map((rule) => JSON.stringify(rule)).join('\n');
  expect(await imported(lines)).toMatchObject({ imported: 0, updated: 1, unchanged: 1, refused: 0 });
  const listed = await runCommand(['rules', 'list', ...connection]);
  expect(listed.stdout).toContain('"first"');
  expect(listed.stdout).not.toContain('"second"');
});

test('while rules are edited, made and switched, a rule that stays loses no event and sees none twice', async () => {
  const ids: Record<string, string> = {};
  for (const name of ['stays', 'described', 'switched']) {
    const made = await served.director.order('AlertRules', {
      ...aRule(name, `traffic=yes who=${name}`),
      owner: served.founded.admin.id,
      repos: ['default'],
    });
    ids[name] = String(made['id']);
  }
  let isSending = true;
  let sent = 0;
  const sending = (async () => {
    while (isSending) {
      const lines = ['stays', 'described'].map((who) => JSON.stringify({ traffic: 'yes', who, n: sent }));
      await served.director.ingest(`${lines.join('\n')}\n`);
      sent += 1;
    }
  })();
  for (let i = 0; i < 12; i += 1) {
    await served.director.order(`AlertRules/${ids['described']}`, { description: `version ${i}` }, 'PUT');
    await served.director.order('AlertRules', {
      ...aRule(`new ${i}`, `message="*number ${i}*"`),
      owner: served.founded.admin.id,
      repos: ['default'],
    });
    await served.director.order(`AlertRules/${ids['switched']}/${i % 2 === 0 ? 'deactivate' : 'activate'}`, {});
  }
  isSending = false;
  await sending;
  const rows = await eventually(async () => {
    const all = (await served.director.list('AlertRules')) as readonly JsonObject[];
    const own = all.filter(({ id }) => id === ids['stays'] || id === ids['described']);
    return own.every(({ matches }) => Number(matches) >= sent) ? own : undefined;
  }, 'all matches');
  for (const row of rows) expect(Number(row['matches']), String(row['name'])).toBe(sent);
  expect(sent).toBeGreaterThan(20);
});
