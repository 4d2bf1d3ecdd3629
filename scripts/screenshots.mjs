// node scripts/screenshots.mjs [OUT]: takes the pictures of docs/images with a real Chromium, dark and light, of a server that
// has lived through a week (demo-server.mjs). CHROMIUM names another browser than Debian's.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startDemoServer } from './demo-server.mjs';

const WIDE = { width: 1280, height: 760 };
/** How long a view may take until all of it is read. */
const LOOKS_MAX = 75;
const LOOK_MS = 200;
const PHONE = { width: 390, height: 780 };
const out = process.argv[2] ?? fileURLToPath(new URL('../docs/images', import.meta.url));
mkdirSync(out, { recursive: true });

/** Views that show what they have when nothing loads any more. */
const PLAIN_VIEWS = [
  ['search', '/search?query=program%3Dsshd&t=7d'],
  ['chart', '/search?query=%7C%20timechart%20count()%20by%20device_name%20every%202%20hours&t=7d'],
  ['rules', '/rules'],
  ['attack', '/attack?t=7d'],
  ['overview', '/overview?t=7d'],
  ['admin', '/admin?tab=repos'],
];

const server = await startDemoServer();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  for (const scheme of ['dark', 'light']) await takePictures(scheme);
} finally {
  await browser.close();
  await server.stop();
}

async function takePictures(scheme) {
  const context = await browser.newContext({ viewport: WIDE, colorScheme: scheme, reducedMotion: 'reduce' });
  await context.addInitScript(`localStorage.setItem('tocsin-theme', '${scheme}')`);
  const page = await context.newPage();
  const shot = (name) => page.screenshot({ path: join(out, `${name}-${scheme}.png`) });
  const quiet = async () => {
    const unread = page.locator('.loading, .skeleton, .counting');
    for (let look = 0; look < LOOKS_MAX && (await unread.count()) > 0; look += 1) await page.waitForTimeout(LOOK_MS);
    await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
  };
  await page.goto(server.url);
  await page.getByLabel('Username').waitFor();
  await shot('sign-in');
  await page.getByLabel('Username').fill(server.username);
  await page.getByLabel('Password').fill(server.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('row').first().waitFor();
  await quiet();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await quiet();
  await shot('incidents');
  await page.goto(`${server.home}/incidents?q=SQL%20injection`);
  await page.getByRole('row').nth(1).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/incidents\/[0-9a-f]{24}/);
  await page.getByRole('tab', { name: /^Logs/ }).click();
  await page.locator('.event-lines li, main [role=alert]').first().waitFor();
  await quiet();
  await shot('incident');
  for (const [name, path] of PLAIN_VIEWS) {
    await page.goto(server.home + path);
    await page.locator('main h1').waitFor();
    await quiet();
    if (name === 'search') await page.getByRole('button', { name: /^user/ }).first().click();
    await shot(name);
  }
  await page.goto(`${server.home}/rules`);
  await page.getByRole('link', { name: 'SQL injection attempted' }).click();
  await page.locator('ol.days').waitFor();
  await page.locator('.recent-matches').waitFor();
  await quiet();
  await shot('rule');
  await page.setViewportSize(PHONE);
  await page.goto(`${server.home}/incidents?status=unresolved`);
  await page.getByRole('row').first().waitFor();
  await quiet();
  await shot('phone');
  await context.close();
}
