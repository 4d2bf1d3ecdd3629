import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

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
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (entry.hadRecentInput) continue;
        sum += entry.value;
        for (const { node, previousRect: a, currentRect: b } of entry.sources) {
          const name = node === null ? '?' : node.className || node.nodeName;
          sources.push(name + ' ' + [a.x, a.y, a.width, a.height].map(Math.round) + ' to ' + [b.x, b.y, b.width, b.height].map(Math.round));
        }
      }
    });
    observer.observe({ type: 'layout-shift', buffered: true });
    requestAnimationFrame(() => setTimeout(() => { observer.disconnect(); resolve({ sum, sources }); }, 50));
  })`);
