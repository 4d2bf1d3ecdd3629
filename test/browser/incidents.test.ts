import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { eventually } from '../e2e/tocsin-process.ts';
import { type ConsoleWorld, missingBrowser, openConsoleWorld } from './console-world.ts';
import { axeFindings } from './page-checks.ts';

const HOSTILE = '<img src=x onerror="document.title=1"> \u202egpj.exe <script>document.title=2</script>';

describe.skipIf(missingBrowser !== null)(`the console (${missingBrowser ?? 'Chromium'})`, () => {
  let world: ConsoleWorld;

  async function raise(name: string, risk = 'high', user = 'anna'): Promise<void> {
    const response = await world.director.order('Incidents', {
      name,
      query: `user=${user}`,
      risk,
      user_id: world.founded.admin.id,
      incident_user_id: world.founded.admin.id,
      assigned_to: world.founded.admin.id,
      repos: ['127.0.0.1:5504/default'],
      time_range: [1_700_000_000, 1_700_003_600],
    });
    expect(response).toMatchObject({ success: true });
  }
  const numberOfRow = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
  const statuses = async (): Promise<Map<string, string>> => {
    const rows = await world.director.rows('Incidents/fetch', {});
    return new Map(rows.map((row: JsonObject) => [String(row['name']), String(row['status'])]));
  };

  beforeAll(async () => {
    world = await openConsoleWorld();
    await raise('First thing', 'critical');
    await raise('Second thing', 'medium');
    await raise(`Odd name ${HOSTILE}`, 'low');
  });
  afterAll(() => world?.close());

  test('a wrong password says so and leaves what was typed', async () => {
    const page = await (await world.browser.newContext()).newPage();
    await page.goto(world.server.url);
    await page.getByLabel('Username').fill(world.founded.admin.username);
    await page.getByLabel('Password').fill('not it');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('Username').inputValue()).toBe(world.founded.admin.username);
    expect(await axeFindings(page)).toEqual([]);
    await page.context().close();
  });

  test('the list has no barrier for assistive technology, dark and light', async () => {
    for (const scheme of ['dark', 'light'] as const) {
      const page = await world.open({ scheme });
      await numberOfRow(page, 'First thing').waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.context().close();
    }
  });

  test('hostile text stays text, and what hides text is seen', async () => {
    const page = await world.open();
    const row = numberOfRow(page, 'Odd name');
    await row.waitFor();
    expect(await row.textContent()).toContain('⟨U+202E⟩');
    expect(await row.locator('img').count()).toBe(0);
    await row.getByRole('link').click();
    await page.getByRole('tab', { name: 'Query' }).waitFor();
    expect(await page.title()).toBe('Tocsin');
    expect(await axeFindings(page)).toEqual([]);
    await page.context().close();
  });

  test('the night shift by keyboard: select, resolve, undo, close, reopen', async () => {
    const page = await world.open();
    await numberOfRow(page, 'Second thing').waitFor();
    const at = async (name: string): Promise<void> => {
      for (let i = 0; i < 10; i += 1) {
        await page.keyboard.press('j');
        if ((await page.locator('[aria-current=true]').textContent())?.includes(name) === true) return;
      }
      throw new Error(`no row ${name}`);
    };
    await at('Second thing');
    await page.keyboard.press('x');
    await page.getByRole('toolbar').getByText('1 selected').waitFor();
    await page.keyboard.press('r');
    await page.getByText('1 resolved').waitFor();
    await eventually(
      async () => ((await statuses()).get('Second thing') === 'resolved' ? true : undefined),
      'resolved',
    );
    await page.keyboard.press('z');
    await eventually(
      async () => ((await statuses()).get('Second thing') === 'unresolved' ? true : undefined),
      'undone',
    );
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.context().close();
  });

  test('an incident of another hand is told as new, and comes into the list when asked', async () => {
    const page = await world.open();
    await numberOfRow(page, 'First thing').waitFor();
    await page.getByTitle('changes: live').waitFor();
    await raise('Late thing');
    await page.getByRole('button', { name: /1 new/ }).waitFor();
    expect(await numberOfRow(page, 'Late thing').count()).toBe(0);
    await page.keyboard.press('n');
    await numberOfRow(page, 'Late thing').waitFor();
    await page.context().close();
  });

  test('what one browser resolves, the other sees without a touch', async () => {
    const [one, other] = [await world.open(), await world.open()];
    for (const page of [one, other]) {
      await numberOfRow(page, 'First thing').waitFor();
      await page.getByTitle('changes: live').waitFor();
    }
    await numberOfRow(one, 'First thing').getByRole('checkbox').click();
    await one.getByRole('button', { name: 'r resolve' }).click();
    await numberOfRow(other, 'First thing').getByText('resolved').waitFor();
    for (const page of [one, other]) await page.context().close();
  });

  test('a comment is written while the session ends, and is sent after signing in again', async () => {
    const page = await world.open();
    await numberOfRow(page, 'First thing').getByRole('link').click();
    const box = page.getByRole('textbox', { name: 'Comment' });
    await box.fill('looked at the host, **clean**');
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Sign in' });
    await dialog.getByLabel('Password').fill(world.founded.admin.password);
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('1 commented on').waitFor();
    await page.locator('strong', { hasText: 'clean' }).waitFor();
    await page.context().close();
  });

  test('a server that is gone is said, with the time of the next try', async () => {
    const page = await world.open();
    await numberOfRow(page, 'First thing').waitFor();
    await page.context().setOffline(true);
    await page
      .getByRole('button', { name: /^unresolved/ })
      .first()
      .click();
    await page.getByText('The server does not answer').first().waitFor();
    await page.context().setOffline(false);
    await page.getByText('The server does not answer').first().waitFor({ state: 'hidden' });
    await page.context().close();
  });
});
