import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { eventually } from '../e2e/tocsin-process.ts';
import { type ConsoleWorld, missingBrowser, openConsoleWorld } from './console-world.ts';

// Every key of the list and of an incident, by what it does to the server or to the page.

describe.skipIf(missingBrowser !== null)(`the keys (${missingBrowser ?? 'Chromium'})`, () => {
  let world: ConsoleWorld;
  let page: Page;

  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  /** As a person does: once it is offered. A change is shown to all before whoever made it is told how it ended. */
  const undo = async (): Promise<void> => {
    await page.getByRole('button', { name: /Undo/ }).first().waitFor();
    await press('z');
  };
  const current = (): Promise<string | null> => page.locator('.row[aria-current=true] .name').textContent();
  const row = async (name: string): Promise<JsonObject> => {
    const rows = await world.director.rows('Incidents/fetch', {});
    return rows.find((one) => one['name'] === name) ?? {};
  };
  const becomes = (name: string, field: string, value: string): Promise<unknown> =>
    eventually(async () => ((await row(name))[field] === value ? true : undefined), `${name}: ${field} is ${value}`);
  /** Walks down from the top until the row has this name. */
  const goTo = async (name: string): Promise<void> => {
    await page.goto(`${world.server.url}/p/${world.founded.pool_uuid}/${world.founded.logpoint_identifier}/incidents`);
    await page.locator('.row:not(.waiting)').first().waitFor();
    for (let i = 0; i < 12; i += 1) {
      await press('j');
      if ((await current()) === name) return;
    }
    throw new Error(`no row ${name}`);
  };

  beforeAll(async () => {
    world = await openConsoleWorld();
    for (const name of ['Apple', 'Birch', 'Cedar', 'Daisy', 'Elder', 'Fern']) {
      const response = await world.director.order('Incidents', {
        name,
        query: 'user=anna',
        risk: 'high',
        user_id: world.founded.admin.id,
        incident_user_id: world.founded.admin.id,
        assigned_to: world.founded.admin.id,
        repos: ['127.0.0.1:5504/default'],
        time_range: [1_700_000_000, 1_700_003_600],
      });
      expect(response).toMatchObject({ success: true });
    }
    page = await world.open();
  });
  afterAll(() => world?.close());

  test('j and k move, and stop at the ends', async () => {
    await goTo('Fern');
    await press('j');
    expect(await current()).toBe('Elder');
    await press('k', 'k', 'k');
    expect(await current()).toBe('Fern');
  });

  test('x ticks, Shift+x ticks up to here, * takes all, Esc clears', async () => {
    await goTo('Fern');
    await press('x', 'j', 'j', 'Shift+X');
    await page.getByRole('toolbar').getByText('3 selected').waitFor();
    await press('x');
    await page.getByRole('toolbar').getByText('2 selected').waitFor();
    await press('*');
    await page.getByRole('toolbar').getByText('6 selected').waitFor();
    await press('Escape');
    await page.getByRole('toolbar').waitFor({ state: 'detached' });
  });

  test('r resolves, z gives back, e closes, o reopens', async () => {
    await goTo('Apple');
    await press('r');
    await becomes('Apple', 'status', 'resolved');
    await page.getByText('1 resolved').waitFor();
    await undo();
    await becomes('Apple', 'status', 'unresolved');
    await press('r');
    await becomes('Apple', 'status', 'resolved');
    await page.locator('.progress').waitFor({ state: 'detached' });
    await press('e');
    await becomes('Apple', 'status', 'closed');
    await page.locator('.progress').waitFor({ state: 'detached' });
    await press('o');
    await becomes('Apple', 'status', 'unresolved');
  });

  test('c comments, d judges, without the mouse', async () => {
    await goTo('Birch');
    await press('c');
    await page.keyboard.type('looked at it');
    await press('Enter');
    await eventually(
      async () => (JSON.stringify((await row('Birch'))['comments']).includes('looked at it') ? true : undefined),
      'the comment',
    );
    await page.getByText('1 commented on').waitFor();
    await press('d');
    await page.getByRole('toolbar').getByLabel('Disposition').selectOption('benign');
    await press('Enter');
    await page.getByText('1 judged').waitFor();
  });

  test('a asks to whom, a a takes at once', async () => {
    await goTo('Cedar');
    await press('a');
    await page.getByLabel('Assignee').waitFor();
    await press('Escape');
    await page.getByLabel('Assignee').waitFor({ state: 'detached' });
    await goTo('Cedar');
    await press('a', 'a');
    await page.getByText('1 assigned').waitFor();
  });

  test('m merges into another that is named', async () => {
    const parent = String((await row('Daisy'))['id']);
    const number = await page.evaluate<string>(
      `fetch('/configapi/${world.founded.pool_uuid}/${world.founded.logpoint_identifier}/Incidents/${parent}').then((r) => r.json()).then((i) => i.number)`,
    );
    await goTo('Elder');
    await press('m');
    await page.getByLabel('Merge into').fill(number.toLowerCase());
    await press('Enter');
    await page.getByText(`1 merged into ${number}`).waitFor();
    await page.getByRole('row').filter({ hasText: 'Elder' }).getByText('merged').waitFor();
    await undo();
    await page.getByRole('row').filter({ hasText: 'Elder' }).getByText('unresolved').waitFor();
  });

  test('i sends for investigation, or says why it cannot', async () => {
    await goTo('Fern');
    await press('i');
    await page.getByText('has no manual notification').waitFor();
  });

  test('Enter opens, Esc goes back to the same list, l and q open at the logs and the query', async () => {
    await goTo('Fern');
    await press('/');
    await page.keyboard.type('fern');
    await press('Enter');
    await page.waitForURL(/q=fern/);
    await page.getByText('1 incident', { exact: true }).waitFor();
    await page.locator('.table').focus();
    await press('j', 'Enter');
    await page.getByRole('tab', { name: 'Timeline', selected: true }).waitFor();
    await press('l');
    await page.getByRole('tab', { name: 'Logs', selected: true }).waitFor();
    await press('q');
    await page.getByRole('tab', { name: 'Query', selected: true }).waitFor();
    await press('Escape');
    await page.waitForURL(/incidents\?q=fern/);
    await page.locator('.row:not(.waiting)').first().waitFor();
    await press('j', 'l');
    await page.waitForURL(/tab=Logs/);
    await press('Escape');
    await page.waitForURL(/incidents\?q=fern/);
    await page.locator('.row:not(.waiting)').first().waitFor();
    await press('j', 'q');
    await page.waitForURL(/tab=Query/);
  });

  test('in an incident the same keys act on it', async () => {
    await goTo('Daisy');
    await press('Enter');
    await page.getByRole('tab', { name: 'Timeline' }).waitFor();
    await press('r');
    await becomes('Daisy', 'status', 'resolved');
    await page.locator('.facts').getByText('resolved').waitFor();
    await undo();
    await becomes('Daisy', 'status', 'unresolved');
    await press('c');
    expect(await page.evaluate<string>('document.activeElement.ariaLabel')).toBe('Comment');
    await press('Escape', 'd');
    expect(await page.evaluate<string>('document.activeElement.labels[0].textContent')).toContain('Disposition');
    await page.locator('body').click({ position: { x: 640, y: 60 } });
    await press('m');
    await page.getByLabel('Merge into').waitFor();
    await press('Escape');
    await page.getByLabel('Merge into').waitFor({ state: 'detached' });
  });

  test('g goes to each view, t to the time, / to the search, ? lists every key', async () => {
    await goTo('Fern');
    await press('t');
    expect(await page.evaluate<string>('document.activeElement.tagName')).toBe('SELECT');
    await page.locator('.table').focus();
    await press('?');
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    await dialog.waitFor();
    const text = await dialog.textContent();
    for (const word of [
      'next',
      'previous',
      'select',
      'select up to here',
      'select all of the filter',
      'open',
      'back',
      'assign',
      'assign to me',
      'comment',
      'resolve',
      'close',
      'reopen',
      'send for investigation',
      'merge',
      'disposition',
      'logs',
      'query',
      'undo',
      'search',
      'time',
      'all keys',
      'go to Incidents',
      'go to Search',
      'go to Rules',
      'go to ATT&CK',
      'go to Overview',
    ]) {
      expect(text).toContain(word);
    }
    await press('Escape');
    await dialog.waitFor({ state: 'detached' });
    for (const [key, path] of [
      ['s', 'search'],
      ['r', 'rules'],
      ['t', 'attack'],
      ['o', 'overview'],
      ['a', 'admin'],
      ['i', 'incidents'],
    ] as const) {
      await press('g', key);
      await page.waitForURL(new RegExp(`/${path}`));
    }
  });
});
