import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { eventually } from '../e2e/tocsin-process.ts';
import { type ConsoleWorld, missingBrowser, openConsoleWorld } from './console-world.ts';
import { axeFindings, LOOKS } from './page-checks.ts';

// Making, changing and forecasting alert rules in a real Chromium, over a real server.

const HOSTILE = 'gpj\u202e<img src=x onerror="window.__hit=1">';

describe.skipIf(missingBrowser !== null)(`the console's rule editor (${missingBrowser ?? 'Chromium'})`, () => {
  let world: ConsoleWorld;
  let page: Page;
  let home: string;

  beforeAll(async () => {
    world = await openConsoleWorld();
    const lines = [1, 2, 3].map((n) => `<13>1 - web-1 app ${n} - - Failed password ${n}`);
    await eventually(async () => {
      const answer = await world.director.ingest(lines.join('\n'), { 'content-type': 'text/plain' });
      return answer.ok ? true : undefined;
    }, 'the lines to be taken');
    home = `${world.server.url}/p/${world.founded.pool_uuid}/${world.founded.logpoint_identifier}`;
    page = await world.open();
    // Until a search sees the lines, a forecast has nothing to find.
    await eventually(async () => {
      await page.goto(`${home}/search?query=device_name%3Dweb-1`);
      await page.getByText(/\d+ events in/).waitFor();
      return (await page.getByText('3 events in').count()) > 0 ? true : undefined;
    }, 'the events');
  });
  afterAll(() => world?.close());

  const apiOf = (path: string): string => home.replace('/p/', '/configapi/').concat(`/${path}`);
  const settingsOf = async (name: string): Promise<JsonObject | undefined> => {
    const found = (await world.director.rows('AlertRules/MyAlertRules/fetch', {})).find(
      (rule) => rule['name'] === name,
    );
    return found?.['settings'] as JsonObject | undefined;
  };

  test('a search becomes a rule, forecast from the unsaved draft and then saved', async () => {
    await page.goto(`${home}/search?query=device_name%3Dweb-1`);
    await page.getByRole('link', { name: 'Make an alert rule from this' }).click();
    const query = page.getByRole('combobox', { name: 'Query' });
    await query.waitFor();
    expect(await query.inputValue()).toBe('device_name=web-1');
    await page.getByRole('button', { name: 'Forecast the last 7 days' }).click();
    await page.getByText('from 3 hits in the last 7 days').waitFor();
    const drawn = page.getByRole('region', { name: 'Noise forecast' }).locator('.days li');
    expect(await drawn.count()).toBeGreaterThan(0);
    expect(await settingsOf('Made of a search')).toBeUndefined();
    await query.fill('device_name=elsewhere');
    await page.getByText('The rule was changed since').waitFor();
    await query.press('Enter');
    await page.getByText('from 0 hits in the last 7 days').waitFor();
    await query.fill('device_name=web-1');
    await page.getByLabel('Name', { exact: true }).fill('Made of a search');
    await page.getByLabel('ATT&CK techniques').fill('T1110.001');
    await page.getByLabel('Risk').selectOption('high');
    await page.getByRole('button', { name: 'Save and switch on' }).click();
    await page.getByRole('link', { name: 'Made of a search' }).waitFor();
    const settings = await settingsOf('Made of a search');
    expect(settings).toMatchObject({
      active: true,
      risk: 'high',
      time_range_seconds: 600,
      user: world.founded.admin.id,
    });
    expect(settings?.['attack_tag']).toHaveLength(1);
  });

  test('an edit sends what was changed and leaves the rest', async () => {
    await page.goto(`${home}/rules`);
    await page.getByRole('link', { name: 'Made of a search' }).click();
    await page.getByLabel('Within').fill('2');
    await page.getByLabel('Unit').selectOption('hour');
    await page.getByRole('button', { name: 'Forecast the last 7 days' }).click();
    await page.getByText('from 3 hits in the last 7 days').waitFor();
    const sent = page.waitForRequest((request) => request.method() === 'PUT');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    expect((await sent).postDataJSON()).toEqual({ data: { timerange_hour: 2 } });
    await page.getByRole('heading', { name: 'Rules' }).waitFor();
    expect(await settingsOf('Made of a search')).toMatchObject({ risk: 'high', time_range_seconds: 7200 });
  });

  test('a refusal names the fields, and what was typed stays', async () => {
    await page.goto(`${home}/rules/new?query=user%3Dbob`);
    await page.getByLabel('Name', { exact: true }).fill('Refused');
    await page.getByLabel('ATT&CK techniques').fill('T9999999');
    await page.getByRole('button', { name: 'Save and switch on' }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('attack_tag', { exact: true }).waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Refused');
    expect(await settingsOf('Refused')).toBeUndefined();
  });

  test('a query that is wrong says where before it is sent', async () => {
    await page.goto(`${home}/rules/new`);
    await page.getByRole('combobox', { name: 'Query' }).fill('user="bob');
    await page.getByText('is never closed').waitFor();
  });

  test('a hostile name is text, with what hides in it seen', async () => {
    const response = await world.director.order('AlertRules', {
      searchname: HOSTILE,
      owner: world.founded.admin.id,
      query: 'user=nobody',
      risk: 'low',
      repos: ['default'],
      condition_option: 'greaterthan',
      condition_value: 0,
      limit: 10,
      timerange_minute: 10,
      aggregate: 'max',
    });
    expect(response['success']).toBe(true);
    await page.goto(`${home}/rules/${response['id']}`);
    await page.getByRole('heading', { name: '⟨U+202E⟩' }).waitFor();
    expect(await page.evaluate('window.__hit ?? null')).toBeNull();
    expect(await page.locator('main img').count()).toBe(0);
  });

  test('a search becomes an incident, with name, risk and assignee', async () => {
    await page.goto(`${home}/search?query=device_name%3Dweb-1`);
    await page.getByRole('button', { name: 'Raise an incident from this' }).click();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.type('Raised by hand');
    const form = page.getByRole('form', { name: 'Raise an incident' });
    await form.getByLabel('Risk').selectOption('critical');
    await form.getByRole('button', { name: 'Raise', exact: true }).press('Enter');
    await page.waitForURL(/\/incidents\/[0-9a-f]{24}$/);
    const raised = (await world.director.rows('Incidents/fetch', {})).filter((row) => row['name'] === 'Raised by hand');
    expect(raised).toHaveLength(1);
    expect(raised[0]).toMatchObject({
      type: 'Search',
      query: 'device_name=web-1',
      risk: 'critical',
      rows_count: 3,
      assigned_to: world.founded.admin.id,
    });
  });

  test('an exception is refused by field, tried, made, removed and given back', async () => {
    await page.goto(`${home}/rules`);
    await page.getByRole('link', { name: 'Exceptions' }).click();
    await page.getByText('There is no exception').waitFor();
    await page.getByLabel('Name', { exact: true }).fill(HOSTILE);
    await page.getByRole('combobox', { name: 'Query' }).fill('device_name=web-1');
    await page.getByRole('button', { name: 'Make the exception' }).click();
    await page
      .getByRole('alert')
      .getByText(/reason/i)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Try on the last 7 days' }).click();
    await page.getByText('Would have taken 3 hits from 1 rules').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('Owner').fill('Ops');
    await page.getByLabel('Reason').fill('Tests of the backup');
    await page.getByLabel('Ends').selectOption('7');
    await page.getByRole('button', { name: 'Make the exception' }).click();
    const header = page.getByRole('rowheader', { name: '⟨U+202E⟩' });
    await header.waitFor();
    expect(await axeFindings(page)).toEqual([]);
    const [made] = (await (await page.request.get(apiOf('Exceptions'))).json()) as JsonObject[];
    expect(made).toMatchObject({ query: 'device_name=web-1', rule_ids: null, owner: 'Ops', expired: false });
    const lifeDays = (Number(made?.['expires_at']) * 1000 - Date.now()) / 86_400_000;
    expect(Math.round(lifeDays)).toBe(7);
    await page.getByRole('button', { name: /^Remove/ }).click();
    await page.getByText('There is no exception').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /Undo/ }).first().click();
    await header.waitFor();
    expect(await page.evaluate('window.__hit ?? null')).toBeNull();
  });

  test('an exception is edited in place and keeps what was not changed', async () => {
    await page.goto(`${home}/rules/exceptions`);
    await page.getByRole('button', { name: /^Edit/ }).click();
    const form = page.getByRole('form', { name: 'Change the exception' });
    await form.getByLabel('Reason').fill('Still the backup');
    await form.getByLabel('Owner').fill('Nora');
    await form.getByRole('button', { name: 'Save the exception' }).click();
    await page.getByRole('cell', { name: 'Still the backup' }).waitFor();
    const [changed] = (await (await page.request.get(apiOf('Exceptions'))).json()) as JsonObject[];
    expect(changed).toMatchObject({ query: 'device_name=web-1', owner: 'Nora', rule_ids: null, expired: false });
    const lifeDays = (Number(changed?.['expires_at']) * 1000 - Date.now()) / 86_400_000;
    expect(Math.round(lifeDays)).toBe(7);
    // It would take what later tests forecast.
    await page.getByRole('button', { name: /^Remove/ }).click();
    await page.getByText('There is no exception').waitFor();
  });

  test('a rule tells a channel: set, tested, logged, its secret never read back, and removed by its name', async () => {
    await page.goto(`${home}/rules`);
    await page.getByRole('link', { name: 'Made of a search' }).click();
    const part = page.getByRole('region', { name: 'Notifications' });
    await part.getByText('Nobody is told').waitFor();
    await part.getByRole('button', { name: '+ HTTP' }).click();
    const form = page.getByRole('form', { name: 'HTTP notification' });
    // An address that egress refuses: given up at once.
    await form.getByLabel('Address').fill('http://169.254.169.254/hook');
    await form.getByLabel('Authentication').selectOption('bearer_token');
    await form.getByRole('textbox', { name: 'Token' }).fill('very-secret-token');
    await form.getByLabel('resolved').check();
    await form.getByRole('button', { name: 'Set HTTP' }).click();
    await part.getByText('also resolved').waitFor();
    await part.getByRole('button', { name: 'Send test' }).click();
    await part.getByText('✕ given up').waitFor({ timeout: 20_000 });
    expect(await axeFindings(page)).toEqual([]);
    await part.getByRole('button', { name: 'Edit' }).click();
    await part.getByText('Secrets are never shown').waitFor();
    expect(await form.getByRole('textbox', { name: 'Token' }).inputValue()).toBe('');
    expect(await page.content()).not.toContain('very-secret-token');
    await form.getByRole('button', { name: 'Cancel' }).click();
    await part.getByRole('button', { name: 'Remove…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('HTTP');
    await dialog.getByLabel('Name').press('Enter');
    await part.getByText('Nobody is told').waitFor();
  });

  test('the editor shows the newest events that the query fits while it is written', async () => {
    await page.goto(`${home}/rules/new`);
    const beside = page.getByRole('region', { name: 'Matching now' });
    await beside.getByText('Write a query').waitFor();
    await page.getByRole('combobox', { name: 'Query' }).fill('device_name=web-1');
    await beside.getByText('Failed password 3').waitFor();
    await page.getByText('from 3 hits in the last 7 days').waitFor();
    await page.getByRole('combobox', { name: 'Query' }).fill('device_name=nowhere');
    await beside.getByText('No event of the last 24 hours fits').waitFor();
  });

  test('WCAG 2.2 AA finds nothing wrong with the editor, dark or light, wide or narrow', async () => {
    for (const look of LOOKS) {
      const own = await world.open(look);
      await own.evaluate(`localStorage.setItem('tocsin-theme', '${look.scheme}')`);
      await own.goto(`${home}/rules/new?query=device_name%3Dweb-1`);
      await own.getByRole('button', { name: 'Forecast the last 7 days' }).click();
      await own.getByText(/from \d+ hits in the last 7 days/).waitFor();
      expect(await axeFindings(own)).toEqual([]);
      await own.context().close();
    }
  });
});
