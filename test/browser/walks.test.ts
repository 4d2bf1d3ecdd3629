import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillIncidents } from '../../bench/support/fill-incidents.ts';
import { eventually } from '../e2e/tocsin-process.ts';
import { type ConsoleWorld, missingBrowser, openConsoleWorld } from './console-world.ts';
import { axeFindings } from './page-checks.ts';

// Whole ways through the console: an analyst's night, an administrator's first hour.

const NIGHT = 40;

describe.skipIf(missingBrowser !== null)(`a night of an analyst (${missingBrowser ?? 'Chromium'})`, () => {
  let world: ConsoleWorld;

  beforeAll(async () => {
    world = await openConsoleWorld((dir, founded) =>
      fillIncidents({
        dir,
        logpointId: founded.logpoint_identifier,
        userId: founded.admin.id,
        count: NIGHT,
        spreadMs: 8 * 3_600_000,
        rules: 10,
        unresolved: 1,
      }),
    );
  });
  afterAll(() => world?.close());

  test('forty incidents are worked one after the other without the mouse', async () => {
    const page = await world.open();
    await page.locator('.row:not(.waiting)').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const number = page.locator('.incident h1 .number');
    const seen = new Set<string>();
    for (let at = 0; at < NIGHT; at += 1) {
      const name = await eventually(async () => {
        const text = (await number.count()) === 1 ? ((await number.textContent()) ?? '') : '';
        return text === '' || seen.has(text) ? undefined : text;
      }, 'the next incident');
      seen.add(name);
      if (at % 10 === 0) {
        await page.keyboard.press('c');
        await page.keyboard.type(`looked at ${name}`);
        await page.keyboard.press('Control+Enter');
        await page.locator('.timeline').getByText(`looked at ${name}`).waitFor();
        await page.keyboard.press('Escape');
      }
      await page.keyboard.press('r');
      await page.locator('.facts .status.resolved').waitFor();
      await page.keyboard.press('j');
    }
    expect(seen.size).toBe(NIGHT);
    await page.keyboard.press('Escape');
    await page.waitForURL(/\/incidents$/);
    // Back where the hand was: at the last one.
    await page.locator(`.row[aria-rowindex="${NIGHT + 1}"][aria-current=true]`).waitFor();
    expect(await page.locator('.row[aria-current=true]').textContent()).toContain([...seen].at(-1));
    const rows = await world.director.rows('Incidents/fetch', {});
    expect(rows.filter(({ status }) => status === 'resolved')).toHaveLength(NIGHT);
    await page.context().close();
  });

  test('the way back goes through what was looked at, in one step for each place', async () => {
    const page = await world.open();
    await page.locator('.row:not(.waiting)').first().waitFor();
    await page.locator('.facets button', { hasText: 'resolved' }).first().click();
    await page.waitForURL(/status=resolved/);
    await page.locator('.row:not(.waiting) a').first().click();
    await page.waitForURL(/open=/);
    for (const key of ['j', 'j', 'j']) await page.keyboard.press(key);
    await page.locator('.row[aria-rowindex="5"][aria-current=true]').waitFor();
    await page.goBack();
    await page.waitForURL((url) => !url.searchParams.has('open') && url.searchParams.has('status'));
    await page.goBack();
    await page.waitForURL((url) => !url.searchParams.has('status'));
    await page.context().close();
  });
});

describe.skipIf(missingBrowser !== null)(`a first hour (${missingBrowser ?? 'Chromium'})`, () => {
  let world: ConsoleWorld;
  let page: Page;
  let password: string;

  beforeAll(async () => {
    world = await openConsoleWorld();
    password = world.founded.admin.password;
    page = await world.open();
  });
  afterAll(() => world?.close());

  const menu = async (button: string): Promise<void> => {
    await page.locator('.account summary').click();
    await page.getByRole('button', { name: button }).click();
  };

  test('the password of the first start is changed; a wrong one is told and ends nothing', async () => {
    await menu('Password…');
    const dialog = page.getByRole('dialog', { name: 'Password' });
    await dialog.getByLabel('Password of now').fill('not it');
    await dialog.getByLabel('New password').fill('a better one than before 42');
    await dialog.getByRole('button', { name: 'Change' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByLabel('Password of now').fill(password);
    await dialog.getByRole('button', { name: 'Change' }).click();
    await page.getByText('The password was changed').waitFor();
    password = 'a better one than before 42';
  });

  test('codes are asked for once one was given, and recovery codes are shown this once', async () => {
    await page.reload();
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
    await menu('One-time code…');
    const dialog = page.getByRole('dialog', { name: 'One-time code' });
    const secret = ((await dialog.locator('.secret-key').textContent()) ?? '').replaceAll(' ', '');
    expect(await axeFindings(page)).toEqual([]);
    const code = (): string => new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    await dialog.getByLabel('The code that the app shows now').fill(code());
    await dialog.getByRole('button', { name: 'Ask for codes' }).click();
    const recovery = await dialog.locator('.recovery-codes li').first().textContent();
    await dialog.getByRole('button', { name: 'I have them' }).click();
    await page.locator('.account summary').click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Username').fill(world.founded.admin.username);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByLabel(/code/i).fill(recovery ?? '');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
  });

  test('from nothing to a first incident: rules are imported, one is changed, and it is seen to match', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByText('Nothing is watched yet').waitFor();
    await page.getByRole('button', { name: 'Import Sigma rules' }).click();
    await page.getByLabel('or their text').fill(SIGMA);
    await page.getByLabel('switch them on').check();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Done: 1 imported').waitFor();
    await page.getByRole('link', { name: /Failed logins of the walk/ }).click();
    await page.getByLabel('Risk').selectOption('high');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { name: 'Rules' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.getByText('Waiting for the first event').waitFor();
    const sent = await world.director.ingest(
      '<38>Nov 23 13:00:00 web-1 sshd[1]: Failed password for root from 203.0.113.5 port 22 ssh2',
      { 'content-type': 'text/plain' },
    );
    expect(sent.ok).toBe(true);
    // The list tells of it by itself.
    await page.getByRole('button', { name: /1 new/ }).waitFor();
    await page.keyboard.press('n');
    const row = page.getByRole('row').filter({ hasText: 'Failed logins of the walk' });
    await row.getByText('high').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('l');
    await page.locator('.event-lines').getByText('Failed password').first().waitFor();
  });
});

const SIGMA = `title: Failed logins of the walk
id: 0b7c1d52-9a0e-4f0a-9f1e-5a8a3f0a1c22
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
