// How fast is the console in a real Chromium, with a real server that holds a million incidents?
// npm run bench -- console [COUNT]; CHROMIUM names another browser than Debian's.
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { fillIncidents } from './support/fill-incidents.ts';
import { type Founded, initFolder, Served, temporaryDir } from './support/served.ts';

const COUNT = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = 7;
const SCROLL_MS = 8_000;
const SETTLE_MS = 1_500;
/** Changes that an eight hour shift of a busy place sees, sent as fast as the server takes them. */
const SHIFT_CHANGES = Number(process.argv[3] ?? 6_000);
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

type World = { readonly browser: Browser; readonly server: Served; readonly founded: FoundedAdmin };
type FoundedAdmin = Founded & { readonly admin: { readonly username: string; readonly password: string } };

const at = (times: readonly number[], share: number): number => {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};
const report = (what: string, text: string): void => console.log(`${what.padEnd(52)} ${text}`);
const ms = (value: number): string => `${value.toFixed(0)} ms`;

async function signIn({ browser, server, founded }: World): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(server.url);
  await page.getByLabel('Username').fill(founded.admin.username);
  await page.getByLabel('Password').fill(founded.admin.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await rowsShown(page);
  return page;
}

const rowsShown = (page: Page): Promise<void> => page.locator('.row:not(.waiting)').first().waitFor();

/** From the address to a shell that takes keys, nothing cached; and what came over the wire until then. */
async function coldLoad(world: World): Promise<void> {
  const first = await signIn(world);
  const state = await first.context().storageState();
  const url = first.url();
  await first.context().close();
  const shell: number[] = [];
  const rows: number[] = [];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const context = await world.browser.newContext({ viewport: { width: 1280, height: 800 }, storageState: state });
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
    const assets = new Set<string>();
    bytes = 0;
    cdp.on('Network.responseReceived', ({ requestId, response }) => {
      if (/\.(js|css|svg|html)$|\/incidents$/.test(new URL(response.url).pathname)) assets.add(requestId);
    });
    cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (assets.has(requestId)) bytes += encodedDataLength;
    });
    const start = performance.now();
    await page.goto(url, { waitUntil: 'commit' });
    await page.locator('nav.side a').first().waitFor();
    shell.push(performance.now() - start);
    await rowsShown(page);
    rows.push(performance.now() - start);
    await context.close();
  }
  report('cold load to the shell', `p50 ${ms(at(shell, 0.5))}, max ${ms(at(shell, 1))} (goal 1500)`);
  report('cold load to the first rows', `p50 ${ms(at(rows, 0.5))}, max ${ms(at(rows, 1))}`);
  report('over the wire until then', `${(bytes / 1000).toFixed(0)} kB compressed (goal 350)`);
}

/** In the page: from the click on a filter to the frame that shows its rows. */
const CHANGE_FILTER = `(name) => new Promise((resolve) => {
  const button = [...document.querySelectorAll('.view-bar .view')].find((one) => one.textContent.startsWith(name));
  const start = performance.now();
  const look = () => {
    const isThere = document.querySelector('.list[aria-busy=false] .row:not(.waiting)') !== null;
    if (button.ariaPressed !== 'true' || !isThere) requestAnimationFrame(look);
    else requestAnimationFrame(() => resolve(performance.now() - start));
  };
  button.click();
  requestAnimationFrame(look);
})`;

async function filterChange(page: Page): Promise<void> {
  const times: number[] = [];
  const names = ['unresolved', 'critical', 'all', 'mine'];
  for (let round = 0; round < ROUNDS * names.length; round++) {
    times.push(await page.evaluate<number>(`(${CHANGE_FILTER})('${names[round % names.length]}')`));
    // Counts and bars follow the rows; the next change is not to queue behind them.
    await page.waitForTimeout(SETTLE_MS);
  }
  report(
    `filter change to painted rows, ${COUNT.toLocaleString('en')} incidents`,
    `p50 ${ms(at(times, 0.5))}, p95 ${ms(at(times, 0.95))}, max ${ms(at(times, 1))} (goal 150)`,
  );
}

type Frames = { readonly times: readonly number[]; readonly rows: number };

/** In the page: time between frames while the list is scrolled without pause; by 0 px it is left alone. */
const FRAMES = `(px, lasts) => new Promise((resolve) => {
  const box = document.querySelector('.table');
  const times = [];
  const start = performance.now();
  let last = start;
  const step = (now) => {
    times.push(now - last);
    last = now;
    if (px > 0) box.scrollBy(0, px);
    if (now - start < lasts) requestAnimationFrame(step);
    else resolve({ times: times.slice(2), rows: Math.round(box.scrollTop / 32) });
  };
  requestAnimationFrame(step);
})`;

const frames = (page: Page, pxPerFrame: number): Promise<Frames> =>
  page.evaluate<Frames>(`(${FRAMES})(${pxPerFrame}, ${SCROLL_MS})`);

async function scrolling(page: Page): Promise<void> {
  await page.evaluate(`(${CHANGE_FILTER})('all')`);
  await page.waitForTimeout(SETTLE_MS);
  const idle = await frames(page, 0);
  const tell = (what: string, { times, rows }: Frames): void => {
    const long = times.filter((time) => time > 50).length;
    const text = `p50 ${at(times, 0.5).toFixed(1)} ms, p95 ${at(times, 0.95).toFixed(1)} ms, ${long} of ${times.length} over 50 ms`;
    report(what, rows === 0 ? text : `${text}, ${rows.toLocaleString('en')} rows passed`);
  };
  tell('frames of the page left alone', idle);
  for (const px of [120, 800]) {
    const scrolled = await frames(page, px);
    tell(`frames while scrolling ${px} px a frame`, scrolled);
    report('  p95 beside the page left alone', (at(scrolled.times, 0.95) / at(idle.times, 0.95)).toFixed(2));
    await page.evaluate("document.querySelector('.table').scrollTo(0, 0)");
  }
}

async function heapMb(cdp: CDPSession): Promise<number> {
  for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN) / 1e6;
}

/** A shift of real changes while the list is open: resolved, reopened, commented, and new incidents. */
async function shift({ server, founded }: World, page: Page): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  await cdp.send('HeapProfiler.enable');
  const acting = { incident_user_id: founded.admin.id };
  const listed = await server.call<{ id: string }[]>('GET', `/configapi/${server.tenant}/Incidents?limit=1000`);
  const parts = 12;
  const heap = [await heapMb(cdp)];
  let done = 0;
  const start = performance.now();
  for (let part = 0; part < parts; part++) {
    while (done < ((part + 1) * SHIFT_CHANGES) / parts) {
      const ids = listed.slice((done * 7) % 900, ((done * 7) % 900) + 20).map(({ id }) => id);
      const action = ['resolve', 'reopen'][(done / 20) % 2] ?? 'reopen';
      await server.order('Incidents/bulk', { ...acting, action, ids });
      if (done % 200 === 0) {
        const now = Math.floor(Date.now() / 1000);
        await server.order('Incidents', {
          ...{ ...acting, name: `Raised in the shift ${done}`, query: 'user=anna', risk: 'high' },
          ...{ user_id: founded.admin.id, assigned_to: founded.admin.id },
          ...{ repos: ['127.0.0.1:5504/default'], time_range: [now - 3600, now] },
        });
      }
      done += 20;
    }
    // The page looks for changes every two seconds at most: the last part has to arrive before the heap is read.
    await page.waitForTimeout(2_500);
    heap.push(await heapMb(cdp));
    if (part % 4 === 3) await page.keyboard.press('n');
  }
  const seconds = (performance.now() - start) / 1000;
  report(
    `heap after GC over ${done.toLocaleString('en')} changes in ${seconds.toFixed(0)} s`,
    `${heap.map((mb) => mb.toFixed(1)).join(' ')} MB`,
  );
  const third = (from: number): number => at(heap.slice(from, from + 4), 0.5);
  report(
    '  median of the first, the middle, the last third',
    `${third(1).toFixed(1)} ${third(5).toFixed(1)} ${third(9).toFixed(1)} MB`,
  );
}

async function main(): Promise<void> {
  const folder = temporaryDir();
  try {
    const founded = initFolder(folder.path).founded as FoundedAdmin;
    const filledMs = performance.now();
    await fillIncidents({
      dir: folder.path,
      logpointId: founded.logpoint_identifier,
      userId: founded.admin.id,
      count: COUNT,
      spreadMs: 365 * 86_400_000,
      rules: 500,
      unresolved: 0.05,
    });
    console.log(`${COUNT} incidents in ${((performance.now() - filledMs) / 1000).toFixed(0)} s\n`);
    const server = await Served.start(folder.path, founded, 4);
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
    const browser = await chromium.launch({ executablePath: CHROMIUM, args });
    try {
      const world = { browser, server, founded };
      await coldLoad(world);
      const page = await signIn(world);
      await page.waitForLoadState('networkidle').catch(() => undefined);
      await filterChange(page);
      await scrolling(page);
      await shift(world, page);
    } finally {
      await browser.close();
      await server.stop();
    }
  } finally {
    folder.remove();
  }
}

await main();
