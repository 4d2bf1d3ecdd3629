import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '../e2e/tocsin-process.ts';
import type { ConsoleWorld } from './console-world.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What WCAG 2.2 AA finds wrong, each with the first element that has it. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const found: readonly { id: string; nodes: readonly { html: string; failureSummary?: string }[] }[] =
    await page.evaluate(
      `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then((answer) => answer.violations)`,
    );
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary ?? ''}`);
}

/** A wide window and a phone, each in both themes. */
export const LOOKS = [
  { scheme: 'dark', width: 1280 },
  { scheme: 'light', width: 1280 },
  { scheme: 'dark', width: 390 },
  { scheme: 'light', width: 390 },
] as const;

/** Opens each address in every look, waits until all of it is read, and expects that nothing is wrong. */
export async function expectAccessible(world: ConsoleWorld, addresses: readonly string[]): Promise<void> {
  for (const scheme of ['dark', 'light'] as const) {
    const page = await world.open({ scheme });
    await page.evaluate(`localStorage.setItem('tocsin-theme', '${scheme}')`);
    for (const address of addresses) {
      for (const { width } of LOOKS.filter((look) => look.scheme === scheme)) {
        await page.setViewportSize({ width, height: 800 });
        await page.goto(address);
        await page.locator('main h1').waitFor();
        await eventually(
          async () => ((await page.locator('.loading, .skeleton').count()) === 0 ? true : undefined),
          'everything to be read',
        );
        expect(await axeFindings(page), `${address} ${scheme} ${width}`).toEqual([]);
      }
    }
    await page.context().close();
  }
}
