import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../e2e/tocsin-process.ts';
import { type ConsoleWorld, missingBrowser, openConsoleWorld } from './console-world.ts';
import { axeFindings } from './page-checks.ts';

// A manual notification from the browser to a receiver that is there, and what the page tells of it.

describe.skipIf(missingBrowser !== null)(`sending for investigation (${missingBrowser ?? 'Chromium'})`, () => {
  let world: ConsoleWorld;
  let page: Page;
  let home: string;
  let sink: Server;
  const received: string[] = [];
  let status = 200;

  beforeAll(async () => {
    sink = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        received.push(body);
        response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 200 ? 'ticket 77 opened' : 'no');
      });
    });
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
    world = await openConsoleWorld(undefined, '--egress-allow', '127.0.0.0/8', '--notify-backoff-ms', '50');
    const { director, founded } = world;
    const response = await director.order('AlertRules', {
      searchname: 'Mallory is here',
      owner: founded.admin.id,
      query: 'user=mallory',
      risk: 'critical',
      repos: ['default'],
      condition_option: 'greaterthan',
      condition_value: 0,
      limit: 10,
      timerange_minute: 10,
      aggregate: 'max',
    });
    expect(response['success']).toBe(true);
    home = `${world.server.url}/p/${founded.pool_uuid}/${founded.logpoint_identifier}`;
    page = await world.open();
  });
  afterAll(async () => {
    await world?.close();
    sink.close();
  });

  test('a rule gets a manual notification, and its test reaches the receiver', async () => {
    await page.goto(`${home}/rules`);
    await page.getByRole('link', { name: 'Mallory is here' }).click();
    const part = page.getByRole('region', { name: 'Notifications' });
    await part.getByRole('button', { name: '+ HTTP' }).click();
    const form = page.getByRole('form', { name: 'HTTP notification' });
    await form.getByLabel('Address').fill(`http://127.0.0.1:${(sink.address() as AddressInfo).port}/hook`);
    await form.getByLabel('Sent').selectOption('manual');
    await form.getByRole('button', { name: 'Set HTTP' }).click();
    await part.getByText('only when sent for investigation').waitFor();
    await part.getByRole('button', { name: 'Send test' }).click();
    await part.getByText('● delivered').waitFor();
    expect(received).toHaveLength(1);
  });

  test('i sends from the incident, and the answer of the receiver stands below it', async () => {
    await world.director.ingest('{"user":"mallory"}\n');
    const incident = await eventually(
      async () => (await world.director.rows('Incidents/fetch', {}))[0],
      'the rule to raise an incident',
    );
    await page.goto(`${home}/incidents/${String(incident['id'])}`);
    await page.getByRole('tab', { name: 'Delivery' }).click();
    await page.getByText('Nothing was sent for this incident').waitFor();
    // Raised alone it told nobody.
    expect(received).toHaveLength(1);
    await page.keyboard.press('i');
    await page.getByText('Sent for investigation').waitFor();
    const delivery = page.locator('.delivery').first();
    await delivery.getByText('● delivered').waitFor();
    expect(received).toHaveLength(2);
    await delivery.getByText('1 attempt').click();
    await delivery.getByText('ticket 77 opened').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page
      .locator('.timeline')
      .getByText(/delivered/)
      .first()
      .waitFor();
  });

  test('i sends from the list, too, and what a receiver refused is told with its answer', async () => {
    status = 400;
    await page.goto(`${home}/incidents`);
    await page.locator('.row:not(.waiting)').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('i');
    await page.getByText('Sent for investigation').waitFor();
    await eventually(async () => (received.length > 2 ? true : undefined), 'the receiver to be asked');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Delivery' }).click();
    const refused = page.locator('.delivery').filter({ hasText: '▲ given up' });
    await refused.getByText(/400/).first().waitFor();
  });
});
