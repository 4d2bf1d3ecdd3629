import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../e2e/tocsin-process.ts';
import { type ConsoleWorld, missingBrowser, openConsoleWorld } from './console-world.ts';
import { axeFindings, layoutShift } from './page-checks.ts';

// One incident: what it tells, what two people see of it at once, and what hostile text, long text and many comments do.

const HOSTILE = '<img src=x onerror="document.title=1">';
const BIDI = 'שלום invoice\u202egpj.exe';
const LONG = 'A'.repeat(1_000_000);
const COMMENTS = 5_000;
const AT_ONCE = 50;

describe.skipIf(missingBrowser !== null)(`one incident (${missingBrowser ?? 'Chromium'})`, () => {
  let world: ConsoleWorld;
  let id: string;
  let many: string;

  const acting = (): { incident_user_id: string } => ({ incident_user_id: world.founded.admin.id });
  async function raise(name: string): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const response = await world.director.order('Incidents', {
      ...acting(),
      name,
      query: 'user=anna',
      risk: 'critical',
      user_id: world.founded.admin.id,
      assigned_to: world.founded.admin.id,
      repos: ['127.0.0.1:5504/default'],
      time_range: [now - 3_600, now + 3_600],
    });
    expect(response).toMatchObject({ success: true });
    const rows = await world.director.rows('Incidents/fetch', {});
    return String(rows.find((row) => row['name'] === name)?.['id']);
  }
  const address = (incident: string, tab = 'Timeline'): string =>
    `${world.server.url}/p/${world.founded.pool_uuid}/${world.founded.logpoint_identifier}/incidents/${incident}?tab=${tab}`;
  async function openAt(incident: string, tab?: string, look: Parameters<ConsoleWorld['open']>[0] = {}): Promise<Page> {
    const page = await world.open(look);
    await page.goto(address(incident, tab));
    await page.getByRole('tab', { name: 'Timeline' }).waitFor();
    return page;
  }
  async function ingest(fields: object): Promise<void> {
    const path = `/ingest/${world.founded.pool_uuid}/${world.founded.logpoint_identifier}/default`;
    const answer = await fetch(`${world.server.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.founded.token}`, 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify(fields)}\n`,
    });
    expect(answer.status).toBeLessThan(300);
  }

  beforeAll(async () => {
    world = await openConsoleWorld();
    await ingest({ user: 'anna', msg: `${BIDI} ${HOSTILE}`, note: BIDI });
    await ingest({ user: 'anna', msg: LONG });
    const policy = { critical: { acknowledge: 10, resolve: 60 } };
    expect(await world.director.order('SlaPolicy', policy, 'PUT')).toMatchObject({ success: true });
    id = await raise('Something happened to anna');
    many = await raise('Talked about a lot');
    for (let n = 0; n < COMMENTS; n += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, i) => `remark **${n + i}**`);
      await Promise.all(
        some.map((comment) => world.director.order(`Incidents/${many}/comment`, { ...acting(), comment })),
      );
    }
  }, 600_000);
  afterAll(() => world?.close());

  test('the header has a sentence, and a clock that ticks', async () => {
    const page = await openAt(id);
    expect(await page.locator('.summary').textContent()).toMatch(/Something happened to anna.* at \d{4}-\d\d-\d\d/);
    const clock = page.locator('.facts .soon');
    await clock.waitFor();
    const before = await clock.textContent();
    expect(before).toMatch(/^\d\d:\d\d:\d\d$/);
    await eventually(async () => ((await clock.textContent()) === before ? undefined : true), 'a tick');
    await page.context().close();
  });

  test('a comment of one browser appears in the other, which keeps its focus, its scroll and what is typed', async () => {
    const [one, other] = [await openAt(id), await openAt(id)];
    for (const page of [one, other]) await page.getByTitle('changes: live').waitFor();
    const box = one.getByRole('textbox', { name: 'Comment' });
    await box.fill('half a sentence');
    await one.locator('main').evaluate((main) => main.scrollTo(0, 40));
    const before = await one.locator('main').evaluate((main) => main.scrollTop);
    await other.getByRole('textbox', { name: 'Comment' }).fill('seen by **both**');
    await other.keyboard.press('Control+Enter');
    await one.locator('.timeline strong', { hasText: 'both' }).waitFor();
    expect(await one.evaluate<string>('document.activeElement.ariaLabel')).toBe('Comment');
    expect(await box.inputValue()).toBe('half a sentence');
    expect(await one.locator('main').evaluate((main) => main.scrollTop)).toBe(before);
    for (const page of [one, other]) await page.context().close();
  });

  test('comments are Markdown and nothing else, and the draft of one outlives a look at another', async () => {
    const page = await openAt(id);
    const box = page.getByRole('textbox', { name: 'Comment' });
    await box.fill(`${HOSTILE} [x](javascript:alert(1)) \u202e *done*`);
    await page.getByRole('link', { name: '← Incidents' }).click();
    await page.locator('.row:not(.waiting)').first().waitFor();
    await page.goBack();
    expect(await box.inputValue()).toContain('onerror');
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await page.locator('.timeline em', { hasText: 'done' }).waitFor();
    expect(await page.title()).toBe('Tocsin');
    expect(await page.locator('.timeline img').count()).toBe(0);
    const links = await page.locator('.timeline a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    expect(links.filter((href) => href?.startsWith('javascript'))).toEqual([]);
    await page.context().close();
  });

  test('logs of a megabyte and from right to left are shown as what they are', async () => {
    const page = await openAt(id, 'Logs');
    await page.locator('.event-lines li').nth(1).waitFor({ timeout: 20_000 });
    const text = await page.locator('.event-lines').textContent();
    expect(text).toContain('⟨U+202E⟩');
    // The server keeps this much of a value.
    expect(text).toContain('show all 65,536 characters');
    expect(text?.length).toBeLessThan(100_000);
    expect(await page.locator('.event-lines img').count()).toBe(0);
    await page.context().close();
  });

  test('five thousand comments are there at once, the earlier ones when asked for', async () => {
    const page = await world.open();
    await page.locator('.row:not(.waiting)').first().waitFor();
    const start = performance.now();
    await page.goto(address(many));
    await page
      .locator('.timeline strong', { hasText: /^49\d\d$/ })
      .first()
      .waitFor();
    const tookMs = performance.now() - start;
    expect(tookMs).toBeLessThan(5_000);
    expect(await page.locator('.timeline > li').count()).toBeLessThan(200);
    await page.getByRole('button', { name: /Show 100 of [\d,]+ earlier entries/ }).click();
    await eventually(
      async () => ((await page.locator('.timeline > li').count()) >= 200 ? true : undefined),
      'earlier ones',
    );
    await page.context().close();
  });

  test('children of a merged incident are shown, taken out, and z puts them back', async () => {
    const child = await raise('A child');
    await world.director.order(`Incidents/${id}/merge`, { ...acting(), ids: [child] });
    const page = await openAt(id);
    const children = page.getByRole('region', { name: 'Merged into this' });
    await children.waitFor();
    await children.getByRole('button', { name: 'unmerge' }).click();
    await children.waitFor({ state: 'detached' });
    await page.keyboard.press('z');
    await children.waitFor();
    await children.getByRole('link').click();
    await page.getByText('merged into another').waitFor();
    await page.context().close();
  });

  test('an incident opens beside the list, follows the keys, and Esc closes it', async () => {
    const page = await world.open();
    await page.locator('.row:not(.waiting)').first().waitFor();
    await page.getByRole('row').filter({ hasText: 'Something happened' }).getByRole('link').click();
    const beside = page.getByRole('complementary', { name: 'The incident that is open' });
    await beside.getByRole('heading', { level: 1 }).waitFor();
    expect(page.url()).toContain('open=');
    const before = await beside.getByRole('heading', { level: 1 }).textContent();
    await page.keyboard.press('k');
    await eventually(
      async () => ((await beside.getByRole('heading', { level: 1 }).textContent()) === before ? undefined : true),
      'the next incident',
    );
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await beside.waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('no barrier stands on any tab, in any size or colour, and nothing shifts or moves for who asks for stillness', async () => {
    for (const look of [
      { scheme: 'dark', width: 1280 },
      { scheme: 'light', width: 1280 },
      { scheme: 'dark', width: 390 },
      { scheme: 'light', width: 390, isStill: true },
    ] as const) {
      const page = await openAt(id, 'Timeline', look);
      await page.locator('.timeline li').first().waitFor();
      const shift = await layoutShift(page);
      expect(shift.sum, shift.sources.join('\n')).toBeLessThan(0.1);
      for (const tab of ['Timeline', 'Logs', 'Related', 'Query', 'Delivery', 'Audit']) {
        await page.getByRole('tab', { name: tab }).click();
        await page.locator('[role=tabpanel] > *').first().waitFor();
        expect(await axeFindings(page), `${tab} ${look.scheme} ${look.width}`).toEqual([]);
      }
      expect(await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')).toBe(false);
      if ('isStill' in look) {
        const moving = await page.evaluate<number>(
          `[...document.querySelectorAll('*')].filter((one) => parseFloat(getComputedStyle(one).transitionDuration) > 0.01).length`,
        );
        expect(moving).toBe(0);
      }
      await page.context().close();
    }
  });
});
