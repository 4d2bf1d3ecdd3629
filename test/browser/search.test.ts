import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../e2e/tocsin-process.ts';
import { type ConsoleWorld, missingBrowser, openConsoleWorld } from './console-world.ts';
import { axeFindings } from './page-checks.ts';

// Search, ATT&CK and Overview at work in a real Chromium, over a real server.

const EVENTS = 620;
/** Events that one answer shows. */
const SHOWN = 500;
const LONG = 'B'.repeat(1_000_000);

describe.skipIf(missingBrowser !== null)(`searching (${missingBrowser ?? 'Chromium'})`, () => {
  let world: ConsoleWorld;
  let page: Page;
  let home: string;

  beforeAll(async () => {
    world = await openConsoleWorld();
    const { director, founded } = world;
    expect((await director.order('Lists', { name: 'ADMINS', items: ['anna'] }))['success']).toBe(true);
    const lines = Array.from(
      { length: EVENTS },
      (_, n) =>
        `<13>1 - web-${n % 4} ${n % 3 === 0 ? 'sshd' : 'cron'} ${n} - - user=${n % 2 === 0 ? 'anna' : 'bela'} n=${n}`,
    );
    await eventually(async () => {
      const answer = await director.ingest(lines.join('\n'), { 'content-type': 'text/plain' });
      return answer.ok ? true : undefined;
    }, 'the lines to be taken');
    await eventually(async () => {
      const to = Math.ceil(Date.now() / 1000) + 10;
      const asked = { query: 'program=*', time_range: [0, to], user_id: founded.admin.id, limit: 1_000 };
      return (await director.rows('Search/logs/fetch', asked)).length >= EVENTS ? true : undefined;
    }, 'the lines to be found');
    await eventually(async () => {
      const to = Math.ceil(Date.now() / 1000) + 10;
      const query = 'program=* | process toTable(seen_hosts, device_name, program)';
      await director.rows('Search/logs/fetch', { query, time_range: [0, to], user_id: founded.admin.id, limit: 1_000 });
      return (await director.rows('Tables/fetch', {})).length > 0 ? true : undefined;
    }, 'a table');
    home = `${world.server.url}/p/${founded.pool_uuid}/${founded.logpoint_identifier}`;
    page = await world.open();
  });
  afterAll(() => world?.close());

  const open = (path: string): Promise<unknown> => page.goto(`${home}${path}`);
  const param = (name: string): string | null => new URL(page.url()).searchParams.get(name);

  test('fields, values, lists and tables are completed', async () => {
    await open('/search?query=program%3D*');
    await page.getByText(/\d+ events in/).waitFor();
    const editor = page.getByRole('combobox', { name: 'Query' });
    const offered = page.getByRole('listbox', { name: 'Suggestions' });
    await editor.fill('');
    await editor.pressSequentially('user IN AD');
    await offered.getByRole('option', { name: /ADMINS/ }).waitFor();
    await editor.press('Tab');
    expect(await editor.inputValue()).toBe('user IN ADMINS');
    await editor.fill('');
    await editor.pressSequentially('progr');
    await offered.getByRole('option', { name: /^program / }).waitFor();
    await editor.fill('');
    await editor.pressSequentially('program=ss');
    await offered.getByRole('option', { name: /sshd/ }).waitFor();
    await editor.fill('');
    await editor.pressSequentially('table "se');
    await offered.getByRole('option', { name: /^seen_hosts table/ }).waitFor();
    await editor.press('Tab');
    expect(await editor.inputValue()).toBe('table "seen_hosts"');
    await editor.press('Enter');
    await page.getByText('4 events in').waitFor();
  });

  test('an answer that a limit cut says so, and its columns count every event', async () => {
    await open('/search?query=program%3D*&t=1h');
    await page.getByText(`The newest ${SHOWN}; there are more.`).waitFor();
    const columns = page.getByRole('group', { name: 'Events over time' }).getByRole('button');
    await eventually(async () => {
      const words = await columns.evaluateAll((buttons) =>
        buttons.map((button) => button.getAttribute('aria-label') ?? ''),
      );
      const sum = words.reduce((total, word) => total + Number.parseInt(word, 10), 0);
      return sum === EVENTS ? true : undefined;
    }, 'the store to have counted');
  });

  test('the list of fields tells their values, and a value adds to the query or excludes', async () => {
    await open('/search?query=program%3D*');
    const fields = page.getByRole('complementary', { name: 'Fields' });
    await fields.getByRole('button', { name: /^device_name/ }).click();
    await fields.getByText('4 values').waitFor();
    await fields.getByRole('button', { name: 'Without device_name of this value' }).first().click();
    await page.waitForURL((url) => /-device_name="web-\d"/.test(url.searchParams.get('query') ?? ''));
    await page.getByText(/^4\d\d events in/).waitFor();
    await fields.getByRole('button', { name: /^program/ }).click();
    await fields.getByRole('button', { name: 'chart' }).click();
    await page.getByRole('list', { name: /by program/ }).waitFor();
    expect(param('query')).toContain('chart count() by program');
    expect(param('query')).toContain('-device_name');
  });

  test('columns are chosen, and stand in the address', async () => {
    await open('/search?query=program%3D*');
    await page.getByRole('button', { name: /^Columns/ }).click();
    await page.getByRole('group', { name: 'Columns' }).getByLabel('pid', { exact: true }).check();
    await page.getByRole('columnheader', { name: 'pid' }).waitFor();
    expect(param('cols')?.split(',')).toContain('pid');
    await page.reload();
    await page.getByRole('columnheader', { name: 'pid' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  test('a chart over time draws itself, and a series narrows the search', async () => {
    await open('/search?query=program%3D*%20%7C%20timechart%20count()%20by%20program&t=1h');
    await page.getByRole('img', { name: /count\(\) over time/ }).waitFor();
    await page.getByRole('list', { name: 'Series of program' }).getByRole('button', { name: 'sshd' }).click();
    await page.waitForURL((url) => (url.searchParams.get('query') ?? '').includes('program="sshd"'));
  });

  test('a search is cancelled and says how far it came; a broken answer says what helps', async () => {
    await page.route('**/Search/logs/stream', () => undefined);
    await open('/search?query=program%3Dsshd');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Cancelled: 0 events').waitFor();
    await page.unroute('**/Search/logs/stream');
    await page.route('**/Search/logs/stream', (route) =>
      route.fulfill({ status: 200, contentType: 'application/x-ndjson', body: '{"start":{"query_type":"simple"}}\n' }),
    );
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByText('The answer of the search broke off').waitFor();
    await page.unroute('**/Search/logs/stream');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText(/\d+ events in/).waitFor();
  });

  test('a search that finds nothing says what may help', async () => {
    await open('/search?query=program%3Dnothing');
    await page.getByText('No event fits').waitFor();
    await page.getByText('Choose a longer time, or take the last condition out').waitFor();
  });

  test('a megabyte in a list, a rule and a log line leaves every view at work', async () => {
    const { director, founded } = world;
    const text = `<script>window.__hit=1</script>\u202e${LONG}`;
    expect((await director.ingest(JSON.stringify({ user: text }), { 'content-type': 'application/json' })).ok).toBe(
      true,
    );
    const name = `<img src=x onerror="window.__hit=1">${'C'.repeat(180)}`;
    const rule = await director.order('AlertRules', {
      searchname: name,
      owner: founded.admin.id,
      query: 'program=sshd',
      description: 'D'.repeat(9_000),
      risk: 'high',
      repos: ['default'],
      condition_option: 'greaterthan',
      condition_value: 0,
      limit: 10,
      timerange_minute: 10,
      aggregate: 'max',
      attack_tag: ['T1110'],
    });
    expect(rule['success']).toBe(true);
    for (const path of ['/search', '/rules', '/attack', '/overview', '/admin?tab=lists', '/admin?tab=audit']) {
      await open(path);
      await page.locator('main h1').waitFor();
      await eventually(async () => ((await page.locator('.loading').count()) === 0 ? true : undefined), path);
      expect(await page.evaluate('window.__hit ?? null'), path).toBeNull();
      expect(await page.locator('main img').count(), path).toBe(0);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), path).toBe(true);
    }
  });

  test('a technique opens into its rules, and the heat is of the chosen time', async () => {
    await open('/attack');
    await page
      .getByRole('button', { name: /^T1110 Brute Force/ })
      .first()
      .click();
    const panel = page.getByRole('complementary', { name: 'T1110 Brute Force' });
    await panel.getByRole('link', { name: /CCCC/ }).waitFor();
    await page.getByRole('region', { name: 'Gaps' }).getByText('Collection').waitFor();
    const asked = page.waitForRequest((request) => /coverage\?from=\d+&to=\d+/.test(request.url()));
    await page.getByLabel('Time').selectOption('24h');
    await asked;
    expect(param('t')).toBe('24h');
    expect(await axeFindings(page)).toEqual([]);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as Navigator layer' }).click();
    expect((await download).suggestedFilename()).toMatch(/^attack-layer-.*json$/);
  });

  test('every figure of the overview is the way to its list, and w hangs it on a wall', async () => {
    await open('/overview');
    const figures = page.getByRole('region', { name: 'Figures' }).getByRole('link');
    await figures.nth(5).waitFor();
    expect(await figures.count()).toBe(6);
    for (const link of await figures.all()) expect(await link.getAttribute('href')).toContain('/incidents');
    await page.getByRole('region', { name: 'Queues and store' }).getByText('every part works').waitFor();
    await page.getByRole('region', { name: 'Events received' }).getByText('a minute').waitFor();
    await page.keyboard.press('w');
    await page.locator('main.wall').waitFor();
    expect(await page.getByRole('navigation', { name: 'Views' }).isVisible()).toBe(false);
    await page.keyboard.press('w');
    await page.locator('main.wall').waitFor({ state: 'detached' });
    expect(await page.getByRole('navigation', { name: 'Views' }).isVisible()).toBe(true);
  });
});
