import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../e2e/tocsin-process.ts';
import { type ConsoleWorld, missingBrowser, openConsoleWorld } from './console-world.ts';
import { axeFindings } from './page-checks.ts';

// What the console shows when there is nothing yet, when the server is slow, fails or is gone, and when the session ends.

describe.skipIf(missingBrowser !== null)(`states of the console (${missingBrowser ?? 'Chromium'})`, () => {
  let world: ConsoleWorld;
  const row = (page: Page) => page.locator('.row:not(.waiting)').first();

  beforeAll(async () => {
    world = await openConsoleWorld();
  });
  afterAll(() => world?.close());

  test('the first run shows three ways to send a log, and its light turns green when one arrives', async () => {
    const page = await world.open();
    await page.getByText('Waiting for the first event').waitFor();
    expect(await page.locator('.way pre').count()).toBe(3);
    const curl = await page.locator('.way pre').first().textContent();
    expect(curl).toContain(`${world.server.url}/ingest/${world.founded.pool_uuid}`);
    expect(await axeFindings(page)).toEqual([]);
    const answer = await fetch(
      `${world.server.url}/ingest/${world.founded.pool_uuid}/${world.founded.logpoint_identifier}/default`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${world.founded.token}`, 'content-type': 'text/plain' },
        body: '<38>Nov 23 13:00:00 web-1 sshd[1]: Failed password for root from 203.0.113.5 port 22 ssh2',
      },
    );
    expect(answer.status).toBeLessThan(300);
    await page.locator('.light.on').getByText('1 event arrived').waitFor();
    await page.getByText('no rule is active').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.context().close();
  });

  test('without incidents it says what is watched', async () => {
    const { director, founded } = world;
    const made = await director.order('AlertRules', {
      searchname: 'Watches for roots',
      owner: founded.admin.id,
      query: 'user=nobody-at-all',
      risk: 'high',
      repos: ['127.0.0.1:5504/default'],
      limit: 10,
      timerange_minute: 5,
      condition_option: 'greaterthan',
      condition_value: 0,
      aggregate: 'max',
    });
    expect(made).toMatchObject({ success: true });
    const page = await world.open();
    await page.getByText('One active rule watches').waitFor();
    await page.getByText('Watches for roots').waitFor();
    await page.context().close();
  });

  test('a slow server shows rows to come, of the size that they will have, and then the rows', async () => {
    const { director, founded } = world;
    const response = await director.order('Incidents', {
      name: 'A thing',
      query: 'user=anna',
      risk: 'high',
      user_id: founded.admin.id,
      incident_user_id: founded.admin.id,
      assigned_to: founded.admin.id,
      repos: ['127.0.0.1:5504/default'],
      time_range: [1_700_000_000, 1_700_003_600],
    });
    expect(response).toMatchObject({ success: true });
    const page = await world.open();
    await row(page).waitFor();
    let give = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      give = resolve;
    });
    await page.route(/\/Incidents\?/, async (route) => {
      await held;
      await route.continue();
    });
    await page.reload();
    await page.locator('.row.waiting').first().waitFor();
    const waiting = await page.locator('.row.waiting').first().boundingBox();
    give();
    await row(page).waitFor();
    const there = await row(page).boundingBox();
    expect(there).toEqual(waiting);
    await page.context().close();
  });

  test('counts that fail are told of in their place, and the rows stay', async () => {
    const page = await world.open();
    await page.route(/\/Incidents\/(facets|histogram)/, (route) =>
      route.fulfill({ status: 503, json: { status: 'Error', message: 'too much to do' } }),
    );
    await page.reload();
    await row(page).waitFor();
    await page.getByText('The counts are late').waitFor({ timeout: 20_000 });
    await page.getByText('The bars are late').waitFor({ timeout: 20_000 });
    expect(await axeFindings(page)).toEqual([]);
    await page.context().close();
  });

  test('a list that is refused says who may', async () => {
    const page = await world.open();
    await page.route(/\/Incidents\?/, (route) =>
      route.fulfill({ status: 403, json: { status: 'Error', message: 'token may not read' } }),
    );
    await page.reload();
    await page.getByText('An administrator can give it to you').first().waitFor();
    await page.context().close();
  });

  test('a server that dies is told of without a touch, a comment then is not lost, and all goes on when it is back', async () => {
    const page = await world.open();
    await row(page).getByRole('link').click();
    const box = page.getByRole('textbox', { name: 'Comment' });
    await box.fill('typed while it was gone');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await page.getByText('nothing was changed').waitFor();
    await page.getByText('The server does not answer.').waitFor();
    expect(await page.getByText(/Next try in \d+ s|Trying/).count()).toBe(1);
    expect(await axeFindings(page)).toEqual([]);
    expect(await box.inputValue()).toBe('typed while it was gone');
    await page.context().setOffline(false);
    // It tries by itself.
    await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await page.locator('.timeline').getByText('typed while it was gone').waitFor();
    await page.context().close();
  });

  test('“Try now” alone brings the page back while its own next try is far away', async () => {
    const page = await world.open();
    await page.locator('.list[aria-busy=false]').waitFor();
    await page.clock.install();
    await page.route('**/*', (route) => route.abort());
    await page.locator('.view-bar .view', { hasText: 'critical' }).click();
    const gone = page.locator('.gone');
    await gone.getByText('The server does not answer.').waitFor();
    const secondsLeft = async (): Promise<number> =>
      Number(/Next try in (\d+) s/.exec((await gone.textContent()) ?? '')?.[1] ?? 0);
    // Each try that fails doubles the wait.
    await eventually(async () => {
      const left = await secondsLeft();
      if (left < 25) await page.clock.fastForward(left * 1000 + 500);
      return left >= 25 ? true : undefined;
    }, 'a next try that is far away');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.unroute('**/*');
    // The server could answer again, but nobody asks it.
    expect(await secondsLeft()).toBeGreaterThan(15);
    expect(asked).toEqual([]);
    await page.getByRole('button', { name: 'Try now' }).click();
    await gone.waitFor({ state: 'detached', timeout: 10_000 });
    expect(asked[0]).toBe('/healthz');
    expect(asked.filter((path) => path === '/healthz')).toHaveLength(1);
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('a session that ends in the middle of a bulk change asks for the password, and the change is made', async () => {
    const page = await world.open();
    await row(page).getByRole('checkbox').click();
    await page.context().clearCookies();
    await page.keyboard.press('c');
    await page.getByRole('toolbar').getByLabel('Comment').fill('kept over the sign-in');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Sign in' });
    await dialog.getByLabel('Password').fill(world.founded.admin.password);
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('1 commented on').waitFor();
    await page.context().close();
  });
});
