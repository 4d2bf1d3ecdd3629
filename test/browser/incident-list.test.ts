import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillIncidents } from '../../bench/support/fill-incidents.ts';
import { eventually } from '../e2e/tocsin-process.ts';
import { type ConsoleWorld, missingBrowser, openConsoleWorld } from './console-world.ts';
import { axeFindings, layoutShift } from './page-checks.ts';

// The list of incidents over ten thousand of them: views that are kept, columns, merging, changes of all at once.

const COUNT = 10_400;
const UNRESOLVED_SHARE = 0.962;

describe.skipIf(missingBrowser !== null)(`the list of many incidents (${missingBrowser ?? 'Chromium'})`, () => {
  let world: ConsoleWorld;
  const rows = (page: Page) => page.locator('.row:not(.waiting)');
  const shown = (page: Page) => rows(page).first().waitFor();
  const view = (page: Page, name: string) => page.locator('.view-bar .view', { hasText: name });
  const countOf = async (filter: string): Promise<number> => {
    const answer = await fetch(
      `${world.server.url}/configapi/${world.founded.pool_uuid}/${world.founded.logpoint_identifier}/Incidents?${filter}&limit=1&total=true`,
      { headers: { authorization: `Bearer ${world.founded.token}` } },
    );
    return Number(answer.headers.get('x-total-count'));
  };

  beforeAll(async () => {
    world = await openConsoleWorld((dir, founded) =>
      fillIncidents({
        dir,
        logpointId: founded.logpoint_identifier,
        userId: founded.admin.id,
        count: COUNT,
        spreadMs: 30 * 86_400_000,
        rules: 60,
        unresolved: UNRESOLVED_SHARE,
      }),
    );
  });
  afterAll(() => world?.close());

  test('quick filters count exactly, and each is an address of its own', async () => {
    const page = await world.open();
    await shown(page);
    const unresolved = await countOf('status=unresolved&merged=no');
    await view(page, 'unresolved').getByTitle(unresolved.toLocaleString('en'), { exact: true }).waitFor();
    const critical = await countOf('status=unresolved&risk=critical&merged=no');
    await view(page, 'critical').getByText(critical.toLocaleString('en'), { exact: true }).waitFor();
    await view(page, 'critical').click();
    await page.waitForURL(/risk=critical/);
    await page.reload();
    await shown(page);
    expect(await view(page, 'critical').getAttribute('aria-pressed')).toBe('true');
    await page.context().close();
  });

  test('a filter is kept under a name, picked, renamed, deleted and taken back', async () => {
    const page = await world.open();
    await shown(page);
    await page.locator('.facets button', { hasText: 'high' }).first().click();
    await page.waitForURL(/risk=high/);
    await page.getByRole('button', { name: '+ save view' }).click();
    await page.getByLabel('Name of the new view').fill('Night <b>shift</b>');
    await page.keyboard.press('Enter');
    await view(page, 'Night <b>shift</b>').waitFor();
    await view(page, 'all').click();
    await page.waitForURL((url) => !url.search.includes('risk'));
    await view(page, 'Night').click();
    await page.waitForURL(/risk=high/);
    await page.getByLabel('Change the view Night').click();
    await page.getByLabel('Name of the view').fill('Day');
    await page.getByRole('button', { name: 'Rename' }).click();
    await view(page, 'Day').waitFor();
    await page.getByLabel('Change the view Day').click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await view(page, 'Day').waitFor({ state: 'detached' });
    await page.keyboard.press('z');
    await view(page, 'Day').waitFor();
    await page.context().close();
  });

  test('columns are chosen, ordered and remembered, and so is how close the rows stand', async () => {
    const page = await world.open();
    await shown(page);
    await page.locator('.columns-menu summary').click();
    await page.getByLabel('Hits', { exact: true }).check();
    await page.getByLabel('Technique', { exact: true }).uncheck();
    await page.getByRole('button', { name: 'Move Number left' }).click();
    await page.getByRole('button', { name: 'compact' }).click();
    await page.reload();
    await shown(page);
    const heads = await page.getByRole('columnheader').allTextContents();
    expect(heads.slice(1, 3)).toEqual(['Number', 'Risk']);
    expect(heads).toContain('Hits');
    expect(heads).not.toContain('Technique');
    expect((await rows(page).first().boundingBox())?.height).toBe(28);
    await page.context().close();
  });

  test('the whole filter is resolved at once, what refuses is told with its reason, and z gives it back', async () => {
    const page = await world.open();
    await shown(page);
    const before = await countOf('status=unresolved');
    const low = await countOf('risk=low&merged=no');
    await page.locator('.facets button', { hasText: 'low' }).first().click();
    await page.waitForURL(/risk=low/);
    await shown(page);
    await page.getByText(`${low.toLocaleString('en')} incidents`).waitFor();
    await page.keyboard.press('*');
    await page
      .getByRole('toolbar')
      .getByText(`${low.toLocaleString('en')} selected`)
      .waitFor();
    await page.keyboard.press('r');
    await page.getByText(/^[\d,]+ resolved$/).waitFor();
    await page.getByRole('region', { name: 'Left as they were' }).locator('li').first().waitFor();
    expect(await page.getByRole('region', { name: 'Left as they were' }).locator('li').first().textContent()).toMatch(
      /INC-\d+ .*resolved|closed/i,
    );
    expect(await countOf('status=unresolved')).toBeLessThan(before);
    await page.keyboard.press('z');
    await page.getByText(/^Undone: [\d,]+$/).waitFor();
    expect(await countOf('status=unresolved')).toBe(before);
    await page.context().close();
  });

  test('ten thousand incidents of a filter change in one order with progress, and come back', async () => {
    const page = await world.open();
    await shown(page);
    await view(page, 'unresolved').click();
    await page.waitForURL(/status=unresolved/);
    const before = await countOf('status=unresolved&merged=no');
    expect(before).toBeGreaterThan(9_900);
    await page.getByText(`${before.toLocaleString('en')} incidents`).waitFor();
    await page.keyboard.press('*');
    if (before > 10_000) {
      await page.getByText('One change takes at most 10,000 incidents').waitFor();
    } else {
      await page.keyboard.press('r');
      await page.getByText(`Resolving ${before.toLocaleString('en')}`).waitFor();
      await page
        .locator('.progress')
        .getByText(/finding them|changing all of them at once/)
        .waitFor();
      await page.getByText(`${before.toLocaleString('en')} resolved`).waitFor();
      expect(await countOf('status=unresolved')).toBe(0);
      await page.keyboard.press('z');
      await page.getByText(`Undone: ${before.toLocaleString('en')}`).waitFor();
      expect(await countOf('status=unresolved')).toBe(before);
    }
    await page.context().close();
  });

  test('a range that is longer than a page is ticked and counted', async () => {
    const page = await world.open();
    await shown(page);
    await rows(page).first().getByRole('checkbox').click();
    await page.locator('.table').evaluate((box) => {
      box.scrollTop = 255 * 32;
    });
    const far = page.locator('.row[aria-rowindex="262"]:not(.waiting)');
    await far.waitFor();
    await far.getByRole('checkbox').click({ modifiers: ['Shift'] });
    await page.getByRole('toolbar').getByText('261 selected').waitFor();
    await page.context().close();
  });

  test('m merges what is ticked into one of them, and z takes them out again', async () => {
    const page = await world.open();
    await shown(page);
    for (const key of ['j', 'x', 'j', 'x', 'm']) await page.keyboard.press(key);
    const parent = await page.getByLabel('Merge into').inputValue();
    expect(parent).toMatch(/^INC-\d+$/);
    await page.keyboard.press('Enter');
    await page.getByText(`1 merged into ${parent}`).waitFor();
    await page.locator('.row', { hasText: 'merged' }).first().waitFor();
    expect(await countOf('merged=only')).toBe(1);
    await page.keyboard.press('z');
    await eventually(async () => ((await countOf('merged=only')) === 0 ? true : undefined), 'unmerged');
    await page.context().close();
  });

  test('a filter that nothing fits says which condition keeps out most', async () => {
    const page = await world.open();
    await shown(page);
    await page.getByLabel('Search incidents').fill('no such thing anywhere');
    await page.keyboard.press('Enter');
    await page.getByText('No incident fits this filter').waitFor();
    await view(page, 'critical').click();
    await shown(page);
    await page.getByLabel('Search incidents').fill('no such thing anywhere');
    await page.keyboard.press('Enter');
    await page.getByText('What each condition keeps out').waitFor();
    const first = page.locator('.conditions li').first();
    expect(await first.textContent()).toMatch(/without search no such thing anywhere\s?[\d,]+ incidents/);
    await first.getByRole('button').click();
    await shown(page);
    await page.context().close();
  });

  test('a pattern between slashes filters by the name, stands in the address, and a broken one is told', async () => {
    const page = await world.open();
    await shown(page);
    const box = page.getByLabel('Search incidents');
    const name = (await rows(page).first().locator('.name').textContent()) ?? '';
    const pattern = `^${name.slice(0, 4)}.*${name.slice(-3)}$`;
    await box.fill(`/${pattern}/`);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('name') === pattern);
    const count = await countOf(`name=${encodeURIComponent(pattern)}&merged=no`);
    expect(count).toBeGreaterThan(0);
    await page
      .getByText(`${count.toLocaleString('en')} incident`, { exact: false })
      .first()
      .waitFor();
    await page.reload();
    await shown(page);
    expect(await box.inputValue()).toBe(`/${pattern}/`);
    await box.fill('/(/');
    await page.keyboard.press('Enter');
    await page
      .getByText(/not a valid pattern/i)
      .first()
      .waitFor();
    await page.context().close();
  });

  test('nothing shifts while it loads, and no barrier stands in any size or colour', async () => {
    for (const scheme of ['dark', 'light'] as const) {
      for (const [width, height] of [
        [1280, 800],
        [390, 800],
      ] as const) {
        const page = await world.open({ scheme, width, height });
        await shown(page);
        await page.reload();
        await shown(page);
        await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
        const shift = await layoutShift(page);
        expect(shift.sum, shift.sources.join('\n')).toBeLessThan(0.02);
        await page.keyboard.press('j');
        await page.keyboard.press('x');
        expect(await axeFindings(page), `${scheme} ${width}`).toEqual([]);
        const isWide = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
        expect(isWide).toBe(false);
        await page.context().close();
      }
    }
  });
});
