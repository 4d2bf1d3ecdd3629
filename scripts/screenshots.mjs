// node scripts/screenshots.mjs [OUT]: starts the demo on a folder of its own and takes the pictures of docs/images with a
// real Chromium, dark and light. CHROMIUM names another browser than Debian's.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = process.argv[2] ?? join(root, 'docs', 'images');
mkdirSync(out, { recursive: true });
const dir = mkdtempSync(join(tmpdir(), 'tocsin-pictures-'));
const demo = spawn(process.execPath, [
  join(root, 'dist', 'cli.js'),
  'demo',
  '--data',
  join(dir, 'data'),
  '--port',
  '0',
]);
try {
  const lines = [];
  const said = await new Promise((resolve, reject) => {
    demo.on('exit', (code) => reject(new Error(`the demo ended with ${code}: ${lines.join('\n')}`)));
    createInterface({ input: demo.stdout }).on('line', (line) => {
      lines.push(line);
      const text = lines.join('\n');
      const url = /(http:\/\/127\.0\.0\.1:\d+)/.exec(text)?.[1];
      const [, username, password] = /^Login:\s+(\S+) \/ (\S+)/m.exec(text) ?? [];
      if (url && username && password) resolve({ url, username, password });
    });
  });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  for (const scheme of ['dark', 'light']) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 760 }, colorScheme: scheme });
    await context.addInitScript(`localStorage.setItem('tocsin-theme', '${scheme}')`);
    const page = await context.newPage();
    const shot = (name) => page.screenshot({ path: join(out, `${name}-${scheme}.png`) });
    await page.goto(said.url);
    await page.getByLabel('Username').waitFor();
    await shot('sign-in');
    await page.getByLabel('Username').fill(said.username);
    await page.getByLabel('Password').fill(said.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('row').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await shot('incidents');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Logs' }).click();
    await page.locator('.events li').first().waitFor();
    await shot('incident');
    await page.setViewportSize({ width: 390, height: 780 });
    await page.keyboard.press('Escape');
    await page.getByRole('row').first().waitFor();
    await shot('phone');
    await context.close();
  }
  await browser.close();
} finally {
  demo.kill('SIGTERM');
  await new Promise((resolve) => demo.once('close', resolve));
  rmSync(dir, { recursive: true, force: true });
}
