import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { Director, type Founded, initFolder, ServerProcess, temporaryFolder } from '../e2e/tocsin-process.ts';

/** Debian's path; another one may be named. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why the browser's tests cannot run here; null when they can. */
export const missingBrowser = existsSync(CHROMIUM) ? null : `no Chromium at ${CHROMIUM}; set CHROMIUM`;

export type ConsoleWorld = {
  readonly server: ServerProcess;
  readonly founded: Founded;
  readonly director: Director;
  readonly browser: Browser;
  /** A page of its own session, signed in. */
  open(options?: { width?: number; height?: number; scheme?: 'dark' | 'light'; isStill?: boolean }): Promise<Page>;
  close(): Promise<void>;
};

/** `fill` puts something into the folder before the server starts. */
export async function openConsoleWorld(
  fill?: (dir: string, founded: Founded) => Promise<void>,
  ...serverArgs: string[]
): Promise<ConsoleWorld> {
  const folder = temporaryFolder();
  const founded = await initFolder(folder.dir);
  await fill?.(folder.dir, founded);
  const server = await ServerProcess.start(folder.dir, ...serverArgs);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  return {
    server,
    founded,
    director: new Director(server.url, founded),
    browser,
    async open({ width = 1280, height = 800, scheme = 'dark', isStill = false } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: scheme,
        reducedMotion: isStill ? 'reduce' : 'no-preference',
      });
      await context.addInitScript(`localStorage.setItem('tocsin-theme', '${scheme}')`);
      const page = await context.newPage();
      await page.goto(server.url);
      await page.getByLabel('Username').fill(founded.admin.username);
      await page.getByLabel('Password').fill(founded.admin.password);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('navigation', { name: 'Views' }).waitFor();
      return page;
    },
    async close() {
      await browser.close();
      await server.stop();
      folder.remove();
    },
  };
}
