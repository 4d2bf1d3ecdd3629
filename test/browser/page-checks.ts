import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '../e2e/tocsin-process.ts';
import type { ConsoleWorld } from './console-world.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Violation = {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
};

/** What WCAG 2.2 AA finds wrong, each with the first element that has it. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  // The page's own policy lets no foreign script in; the debugger's channel does.
  await page.evaluate(AXE);
  const found = await page.evaluate<readonly Violation[]>(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then((answer) => answer.violations)`,
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary ?? ''}`);
}

export type LayoutShift = { readonly sum: number; readonly sources: readonly string[] };

/** The layout's shifts that no input caused, as browsers count them (CLS), until now; and what moved. */
export const layoutShift = (page: Page): Promise<LayoutShift> =>
  page.evaluate<LayoutShift>(`new Promise((resolve) => {
    let sum = 0;
    const sources = [];
    let isLooked = false;
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (entry.entryType === 'mark') isLooked = isLooked || entry.name === 'looked';
        if (entry.entryType !== 'layout-shift' || entry.hadRecentInput) continue;
        sum += entry.value;
        for (const { node, previousRect: a, currentRect: b } of entry.sources) {
          const name = node === null ? '?' : node.className || node.nodeName;
          sources.push(name + ' ' + [a.x, a.y, a.width, a.height].map(Math.round) + ' to ' + [b.x, b.y, b.width, b.height].map(Math.round));
        }
      }
      if (!isLooked) return;
      observer.disconnect();
      resolve({ sum, sources });
    });
    observer.observe({ type: 'layout-shift', buffered: true });
    observer.observe({ type: 'mark' });
    // A mark made after two frames comes behind every shift that was drawn until then: when it is there, so are they.
    requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('looked')));
  })`);

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
