import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../e2e/tocsin-process.ts';
import { type ConsoleWorld, missingBrowser, openConsoleWorld } from './console-world.ts';
import { expectAccessible } from './page-checks.ts';

// Search, Rules, ATT&CK and Overview in a real Chromium, over a real server with hostile log lines.

const HOSTILE = '<img src=x onerror="window.__hit=1"><script>window.__hit=1</script>';
const BIDI = 'invoice\u202egpj.exe';
const LONG = 'A'.repeat(1_000_000);

describe.skipIf(missingBrowser !== null)(`the console's views (${missingBrowser ?? 'Chromium'})`, () => {
  let world: ConsoleWorld;
  let page: Page;
  let home: string;

  beforeAll(async () => {
    world = await openConsoleWorld();
    const { director, founded } = world;
    const response = await director.order('AlertRules', {
      searchname: 'Hostile <b>rule</b>',
      owner: founded.admin.id,
      query: 'message="*onerror*"',
      risk: 'critical',
      repos: ['127.0.0.1:5504/default'],
      condition_option: 'greaterthan',
      condition_value: 0,
      limit: 10,
      timerange_minute: 10,
      aggregate: 'max',
    });
    expect(response['success']).toBe(true);
    const lines = [`<13>1 - web-1 app 1 - - ${HOSTILE}`, `<13>1 - web-1 app 2 - - ${BIDI}`];
    await eventually(async () => {
      const answer = await director.ingest(lines.join('\n'), { 'content-type': 'text/plain' });
      return answer.ok ? true : undefined;
    }, 'the lines to be taken');
    await eventually(async () => (await director.rows('Incidents/fetch', {}))[0], 'an incident');
    home = `${world.server.url}/p/${founded.pool_uuid}/${founded.logpoint_identifier}`;
    page = await world.open();
  });
  afterAll(() => world?.close());

  const open = (path: string): Promise<unknown> => page.goto(`${home}${path}`);

  test('a search shows hostile text as text and makes hidden characters seen', async () => {
    await open('/search?query=device_name%3Dweb-1');
    await page.getByText('onerror').first().waitFor();
    expect(await page.evaluate('window.__hit ?? null')).toBeNull();
    expect(await page.getByText('⟨U+202E⟩').first().isVisible()).toBe(true);
    expect(await page.locator('main img').count()).toBe(0);
  });

  test('Enter runs the query, the address keeps it, and back gives the one before', async () => {
    await open('/search');
    await page.getByRole('combobox', { name: 'Query' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('device_name=web-1 | chart count() as n by program');
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: 'n by program' }).waitFor();
    expect(new URL(page.url()).searchParams.get('query')).toContain('chart count()');
    await page.goBack();
    await page.waitForURL((url) => !url.searchParams.has('query'));
    expect(await page.getByRole('combobox', { name: 'Query' }).inputValue()).toBe('');
  });

  test('a query that is wrong says where before it is sent', async () => {
    await open('/search');
    await page.getByRole('combobox', { name: 'Query' }).fill('user="bob');
    await page.getByText('is never closed').waitFor();
  });

  test('a value of an event narrows the search', async () => {
    await open('/search?query=device_name%3Dweb-1');
    await page.getByRole('button', { name: 'All fields' }).first().click();
    await page.getByRole('button', { name: 'Only program with this value' }).click();
    await page.waitForURL((url) => (url.searchParams.get('query') ?? '').includes('program="app"'));
  });

  test('a megabyte in one field is cut, and shown whole on demand', async () => {
    const line = JSON.stringify({ message: `long ${LONG}`, user: 'longwinded' });
    const answer = await world.director.ingest(line, { 'content-type': 'application/json' });
    expect(await answer.json()).toEqual({ accepted: 1, rejected: 0 });
    await eventually(async () => {
      await open('/search?query=user%3Dlongwinded');
      await page.getByText(/\d+ events in/).waitFor();
      return (await page.getByRole('button', { name: 'All fields' }).count()) > 0 ? true : undefined;
    }, 'the long event');
    await page.getByRole('button', { name: 'All fields' }).first().click();
    await page
      .getByRole('button', { name: /show all/ })
      .first()
      .click();
    await page.getByText(LONG.slice(0, 5_000)).first().waitFor();
  });

  test('a rule is switched off and the way back switches it on', async () => {
    await open('/rules');
    const state = page.getByRole('switch', { name: 'Hostile <b>rule</b> is active' });
    await state.waitFor();
    const before = await state.getAttribute('aria-checked');
    await state.click();
    await page.getByRole('button', { name: /Undo/ }).first().waitFor();
    await page.keyboard.press('z');
    await eventually(
      async () => ((await state.getAttribute('aria-checked')) === before ? true : undefined),
      'the state',
    );
  });

  test('which rules are listed and in which order stands in the address', async () => {
    const list = page.getByRole('region', { name: 'Rules' });
    const sorted = () => list.locator('th[aria-sort]').evaluate((head) => [head.textContent, head.ariaSort]);
    await open('/rules');
    await list.waitFor();
    expect(await sorted()).toEqual(['Last hit ↓', 'descending']);
    await list.getByRole('button', { name: 'Incidents' }).click();
    await page.waitForURL(/sort=incidents/);
    await list.getByRole('button', { name: 'Incidents' }).click();
    await page.waitForURL(/up=/);
    await page.getByPlaceholder('Name, author, technique…').fill('hostile');
    await page.waitForURL(/q=hostile/);
    await page.getByLabel('State').selectOption('true');
    await page.waitForURL(/active=/);
    await page.reload();
    await list.waitFor();
    expect(await sorted()).toEqual(['Incidents ↑', 'ascending']);
    expect(await page.getByPlaceholder('Name, author, technique…').inputValue()).toBe('hostile');
    expect(await page.getByLabel('State').inputValue()).toBe('true');
    expect(await list.getByRole('rowheader').count()).toBe(1);
    await list.getByRole('link', { name: /Hostile/ }).click();
    await page.getByRole('heading', { name: /Hostile/ }).waitFor();
    await page.goBack();
    await page.waitForURL(/q=hostile/);
    await page.goBack();
    await page.waitForURL((url) => !url.searchParams.has('active'));
    await eventually(
      async () => ((await page.getByLabel('State').inputValue()) === '' ? true : undefined),
      'the state before',
    );
  });

  test('Sources is a view of its own, by its key and its link', async () => {
    await open('/rules');
    await page.getByRole('heading', { name: 'Rules' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.waitForURL(/\/sources$/);
    await page.getByRole('region', { name: 'Devices heard' }).getByText('web-1').waitFor();
    const link = page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Sources' });
    expect(await link.getAttribute('aria-current')).toBe('page');
  });

  test('the forecast tells what a rule would have raised', async () => {
    await open('/rules');
    await page.getByRole('button', { name: 'Forecast' }).first().click();
    await page.getByText('Would have raised').waitFor();
  });

  test('Sigma text is tried, then imported, with the fate of each rule', async () => {
    await open('/rules');
    await page.getByRole('button', { name: 'Import Sigma…' }).click();
    await page.getByLabel('or their text').fill(SIGMA);
    await page.getByRole('button', { name: 'Try without importing' }).click();
    await page.getByText('Would be: 1 imported').waitFor();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Done: 1 imported').waitFor();
    await page.getByRole('rowheader', { name: /Test rule of the console/ }).waitFor();
  });

  test('the matrix shows gaps when asked', async () => {
    await open('/attack');
    await page.getByLabel('Techniques shown').selectOption('gaps');
    await page.getByText('no rule').first().waitFor();
  });

  test('figures of the overview lead to the list behind them', async () => {
    await open('/overview');
    await page.getByText('unresolved now').waitFor();
    await page.getByRole('region', { name: 'Figures' }).getByRole('link').first().click();
    await page.waitForURL(
      (url) => url.pathname.endsWith('/incidents') && url.searchParams.get('status') === 'unresolved',
    );
  });

  test('an ended session asks to sign in above the page, and what was typed stays', async () => {
    await open('/search');
    const query = page.getByRole('combobox', { name: 'Query' });
    await query.fill('device_name=web-1');
    await page.context().clearCookies();
    await query.press('Enter');
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
    expect(await query.inputValue()).toBe('device_name=web-1');
    await page.getByLabel('Password').fill(world.founded.admin.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('onerror').first().waitFor();
  });

  test('a server that fails is told with what helps, and asked again on demand', async () => {
    await page.route('**/MitreAttacks/coverage*', (route) =>
      route.fulfill({
        status: 503,
        headers: { 'retry-after': '7' },
        json: { status: 'Error', message: 'store is starting' },
      }),
    );
    await open('/attack');
    await page.getByText('Store is starting').waitFor({ timeout: 20_000 });
    await page.unroute('**/MitreAttacks/coverage*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Active rules cover').waitFor();
  });

  test('WCAG 2.2 AA finds nothing wrong with any view, dark or light, wide or narrow', async () => {
    const paths = [
      '/search?query=device_name%3Dweb-1',
      '/search?query=%7C%20chart%20count()%20by%20program',
      '/rules',
      '/attack',
      '/overview',
      '/sources',
    ];
    await expectAccessible(
      world,
      paths.map((path) => `${home}${path}`),
    );
  });
});

const SIGMA = `title: Test rule of the console
id: 3f1e6b0e-5d6b-4c38-9a77-0c6f2f0d1a11
status: test
logsource:
  product: linux
  service: sshd
detection:
  selection:
    - 'Failed password'
  condition: selection
level: low
`;
