import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/shared/json.ts';
import { eventually } from '../e2e/tocsin-process.ts';
import { type ConsoleWorld, missingBrowser, openConsoleWorld } from './console-world.ts';
import { axeFindings, expectAccessible } from './page-checks.ts';

// The administration in a real Chromium, over a real server; what it says it did is asked of the API.

const HOSTILE = '<img src=x onerror="window.__hit=1">\u202egpj';
const TABS = ['users', 'groups', 'access', 'repos', 'sources', 'lists', 'deliveries', 'orders', 'audit'] as const;

describe.skipIf(missingBrowser !== null)(`the administration (${missingBrowser ?? 'Chromium'})`, () => {
  let world: ConsoleWorld;
  let page: Page;
  let home: string;

  beforeAll(async () => {
    world = await openConsoleWorld();
    const { director } = world;
    const list = await director.order('Lists', { name: 'ADMINS', description: HOSTILE, items: ['root', 'adm*'] });
    expect(list['success']).toBe(true);
    await eventually(async () => {
      const answer = await director.ingest('<13>1 - web-1 app 1 - - hello', { 'content-type': 'text/plain' });
      return answer.ok ? true : undefined;
    }, 'the line to be taken');
    await eventually(
      async () =>
        (
          await director.rows('Search/logs/fetch', {
            query: 'device_name=web-1',
            time_range: [0, Math.ceil(Date.now() / 1000) + 10],
            user_id: world.founded.admin.id,
            limit: 1,
          })
        )[0],
      'the line to be found',
    );
    home = `${world.server.url}/p/${world.founded.pool_uuid}/${world.founded.logpoint_identifier}`;
    page = await world.open();
  });
  afterAll(() => world?.close());

  const open = (tab: string): Promise<unknown> => page.goto(`${home}/admin?tab=${tab}`);
  const rowOf = (name: string | RegExp) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
  const listed = async (path: string): Promise<JsonObject[]> => {
    const rows = await world.director.get(path);
    return Array.isArray(rows) ? rows.filter(isJsonObject) : [];
  };
  const users = (): Promise<JsonObject[]> => listed(`/configapi/${world.director.tenant}/Users`);

  test('the keys g a go there, and a tab is a link of its own', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByRole('heading', { name: 'Administration' }).waitFor();
    await page.getByRole('link', { name: 'Groups', exact: true }).click();
    await page.getByRole('region', { name: 'Permission groups' }).waitFor();
    expect(new URL(page.url()).searchParams.get('tab')).toBe('groups');
  });

  test('a user is made, switched off, and given back by z', async () => {
    await open('users');
    await page.getByRole('button', { name: 'New user…' }).click();
    const form = page.getByRole('dialog', { name: 'New user' });
    await form.getByLabel('Username').fill('night');
    await form.getByLabel('First name').fill('<b>Nora</b>');
    await form.getByLabel('Last name').fill('Night');
    await form.getByLabel('Email').fill('night@example.org');
    await form.getByLabel('Password').fill('A-long-password-1');
    await form.getByRole('button', { name: 'Create' }).click();
    await rowOf('night').getByText('<b>Nora</b> Night').waitFor();
    const night = (await users()).find(({ username }) => username === 'night');
    expect(night?.['active']).toBe(true);
    const state = page.getByRole('switch', { name: 'night is active' });
    await state.click();
    await eventually(
      async () => ((await state.getAttribute('aria-checked')) === 'false' ? true : undefined),
      'the user to be off',
    );
    expect((await users()).find(({ username }) => username === 'night')?.['active']).toBe(false);
    await page.keyboard.press('z');
    await eventually(
      async () =>
        (await users()).find(({ username }) => username === 'night')?.['active'] === true ? true : undefined,
      'the user to be back',
    );
  });

  test('what the server refuses is told, and what was typed stays', async () => {
    await open('repos');
    await page.getByRole('button', { name: 'New repo…' }).click();
    const form = page.getByRole('dialog', { name: 'New repo' });
    await form.getByLabel('Name').fill('not a repo!');
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByRole('alert').waitFor();
    expect(await form.getByLabel('Name').inputValue()).toBe('not a repo!');
  });

  test('a repo is made, says what it holds, is kept for longer, given back, and goes by its name alone', async () => {
    await open('repos');
    await page.getByRole('button', { name: 'New repo…' }).click();
    const form = page.getByRole('dialog', { name: 'New repo' });
    await form.getByLabel('Name').fill('firewall');
    await form.getByLabel('Days that events are kept').fill('33');
    await form.getByRole('button', { name: 'Create' }).click();
    await rowOf('firewall').getByText('33').waitFor();
    await rowOf('default').getByText(/ k?B$/).waitFor();
    await page.getByRole('button', { name: 'Edit firewall' }).click();
    const edit = page.getByRole('dialog', { name: 'Repo firewall' });
    await edit.getByLabel('Days that events are kept').fill('60');
    await edit.getByRole('button', { name: 'Save' }).click();
    await rowOf('firewall').getByText('60').waitFor();
    await page.keyboard.press('z');
    await rowOf('firewall').getByText('33').waitFor();
    await page.getByRole('button', { name: 'Remove… firewall' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove this repo with all of its events?' });
    await dialog.getByLabel('Name').fill('firewall');
    await dialog.getByLabel('Name').press('Enter');
    await rowOf('firewall').waitFor({ state: 'detached' });
    await rowOf('default')
      .getByRole('link', { name: /^[1-9]/ })
      .click();
    await page.getByText('hello').first().waitFor();
  });

  test('a list is made, its values are changed and given back', async () => {
    await open('lists');
    await page.getByRole('button', { name: 'New list…' }).click();
    const form = page.getByRole('dialog', { name: 'New list' });
    await form.getByLabel('Name').fill('VIPS');
    await form.getByRole('textbox', { name: 'Values' }).fill('anna\nbela');
    await form.getByRole('button', { name: 'Create' }).click();
    await rowOf('VIPS').getByText('anna, bela').waitFor();
    await page.getByRole('button', { name: 'Edit VIPS' }).click();
    const edit = page.getByRole('dialog', { name: 'List VIPS' });
    await edit.getByRole('textbox', { name: 'Values' }).fill('anna\nchidi');
    await edit.getByRole('button', { name: 'Save' }).click();
    await rowOf('VIPS').getByText('anna, chidi').waitFor();
    await page.keyboard.press('z');
    await rowOf('VIPS').getByText('anna, bela').waitFor();
  });

  test('groups are made with their members and what they may search', async () => {
    await open('groups');
    await page.getByRole('button', { name: 'New permission group…' }).click();
    const rights = page.getByRole('dialog', { name: 'New permission group' });
    await rights.getByLabel('Name').fill('web readers');
    await rights.getByRole('combobox', { name: 'Incidents', exact: true }).selectOption('READ');
    await rights.getByLabel('Repos searched').fill('default');
    await rights.getByRole('button', { name: 'Create' }).click();
    await rowOf('web readers').getByText('default').waitFor();
    await page.getByRole('button', { name: 'New group…' }).click();
    const group = page.getByRole('dialog', { name: 'New group' });
    await group.getByLabel('Name').fill('Night shift');
    await group.getByRole('combobox', { name: 'Permission group' }).selectOption('web readers');
    await group.getByLabel('admin', { exact: true }).check();
    await group.getByRole('button', { name: 'Create' }).click();
    await rowOf('Night shift').getByText('web readers').waitFor();
    const made = (await listed(`/configapi/${world.director.tenant}/UserGroups`)).find(
      (row) => row['name'] === 'Night shift',
    );
    expect(made?.['users']).toEqual([world.founded.admin.id]);
  });

  test('an account is made for this pool, signs in, and is deleted by typing its name', async () => {
    await open('access');
    await page.getByRole('button', { name: 'New account…' }).click();
    const form = page.getByRole('dialog', { name: 'New account' });
    await form.getByLabel('Username').fill('shift');
    await form.getByLabel('Name', { exact: true }).fill('Shift');
    await form.getByLabel('Password').fill('A-long-password-3');
    await form.getByRole('button', { name: 'Create' }).click();
    await rowOf('shift').waitFor();
    const login = (): Promise<Response> =>
      fetch(`${world.server.url}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'shift', password: 'A-long-password-3' }),
      });
    expect((await login()).status).toBe(200);
    await page.getByRole('button', { name: 'Delete… account shift' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete this account?' });
    await dialog.getByLabel('Name').fill('shift');
    await dialog.getByLabel('Name').press('Enter');
    await rowOf('shift').waitFor({ state: 'detached' });
    expect((await login()).status).toBe(401);
  });

  test('a token shows its secret once, works, and is ended by typing its name', async () => {
    await open('access');
    await page.getByRole('button', { name: 'New token…' }).click();
    const form = page.getByRole('dialog', { name: 'New token' });
    await form.getByLabel('For which program').fill('soar');
    await form.getByRole('button', { name: 'Issue' }).click();
    const secret = page.getByRole('status').filter({ hasText: 'shown once' });
    const token = (await secret.locator('code').first().textContent()) ?? '';
    const ask = async (): Promise<number> =>
      (
        await fetch(`${world.server.url}/configapi/${world.director.tenant}/Users`, {
          headers: { authorization: `Bearer ${token}` },
        })
      ).status;
    expect(await ask()).toBe(200);
    await page.reload();
    await rowOf('soar').waitFor();
    expect(await page.content()).not.toContain(token);
    await rowOf('soar').getByRole('button', { name: 'Revoke…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke this token?' });
    expect(await dialog.getByRole('button', { name: 'Revoke' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Name').fill('soar');
    await dialog.getByLabel('Name').press('Enter');
    await rowOf('soar').getByText('– revoked').waitFor();
    expect(await ask()).toBe(401);
  });

  test('who does not operate the server has no tokens and accounts, whatever the address says', async () => {
    const reader = { username: 'reader', password: 'A-long-password-2' };
    const body = { ...reader, role: 'readonly', pools: [world.founded.pool_uuid] };
    expect((await world.director.request('POST', '/accounts', body)).status).toBe(200);
    const context = await world.browser.newContext();
    const own = await context.newPage();
    await own.goto(`${home}/admin?tab=access`);
    await own.getByLabel('Username').fill(reader.username);
    await own.getByLabel('Password').fill(reader.password);
    await own.getByRole('button', { name: 'Sign in', exact: true }).click();
    await own.getByRole('region', { name: 'Users' }).waitFor();
    expect(await own.getByRole('link', { name: 'Tokens and accounts' }).count()).toBe(0);
    await context.close();
  });

  test('devices say when they were last seen', async () => {
    await open('sources');
    await rowOf('web-1').locator('time').waitFor();
    await page.getByText('No log source has a name yet').waitFor();
    expect(await world.director.order('LogSources', { name: 'loop', hosts: ['127.0.0.0/8'] })).toMatchObject({
      success: true,
    });
    await open('sources');
    await rowOf('loop').locator('time').waitFor();
  });

  test('a dead letter is sent again, and tells of its second try', async () => {
    const { director, founded } = world;
    const rule = await director.order('AlertRules', {
      searchname: 'Dead end',
      owner: founded.admin.id,
      query: 'user=trudy',
      risk: 'low',
      repos: ['default'],
      condition_option: 'greaterthan',
      condition_value: 0,
      limit: 10,
      timerange_minute: 10,
      aggregate: 'max',
    });
    const notification = { notify_http: 'on', http_request_type: 'GET', dispatch_option: 'auto', protocol: 'HTTP' };
    // An address that egress refuses: dead at once.
    const target = { http_url: 'http://169.254.169.254/latest', http_header: { auth_type: 'None' } };
    const made = await director.order(`AlertRules/${String(rule['id'])}/HTTPNotification`, {
      ...notification,
      ...target,
    });
    expect(made).toMatchObject({ success: true });
    await director.ingest('{"user":"trudy"}', { 'content-type': 'application/json' });
    const letters = (): Promise<JsonObject[]> => listed(`/configapi/${director.tenant}/Notifications/deadLetters`);
    const triesOf = ([letter]: JsonObject[]): number =>
      Array.isArray(letter?.['attempts']) ? letter['attempts'].length : 0;
    await eventually(async () => (triesOf(await letters()) === 1 ? true : undefined), 'the dead letter');
    await open('deliveries');
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('Sent again', { exact: true }).waitFor();
    await eventually(async () => (triesOf(await letters()) === 2 ? true : undefined), 'the second try');
  });

  test('hostile text stays text, with its hidden characters seen', async () => {
    await open('lists');
    await rowOf('ADMINS').getByText('onerror').waitFor();
    expect(await rowOf('ADMINS').getByText('⟨U+202E⟩').count()).toBe(1);
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.evaluate('window.__hit ?? null')).toBeNull();
  });

  test('an order shows its answer, and leads to it', async () => {
    await open('orders');
    await rowOf('/Repos/create').first().getByRole('button', { name: 'Show' }).click();
    await page.locator('.order-answer').getByText('"success"').waitFor();
    await page.getByLabel('Status').selectOption('failed');
    await page.getByLabel('Status').selectOption('');
    const path = await rowOf('/Repos/create').first().getByRole('link').getAttribute('href');
    const answer = await world.director.get(path ?? '');
    expect(isJsonObject(answer) && isJsonObject(answer['response']) && 'success' in answer['response']).toBe(true);
  });

  test('the audit is narrowed by its address and names the end of the chain', async () => {
    await open('audit');
    const state = await world.director.get(`/configapi/${world.director.tenant}/Audit/state`);
    const head = isJsonObject(state) ? String(state['head']) : '';
    await page.getByText(head).waitFor();
    await page.getByLabel('Action').fill('no such action');
    await page.getByLabel('Action').press('Enter');
    await page.getByText('Nothing fits').waitFor();
    expect(new URL(page.url()).searchParams.get('action')).toBe('no such action');
  });

  test('WCAG 2.2 AA finds nothing wrong with any tab, dark or light, wide or narrow', async () => {
    await expectAccessible(
      world,
      TABS.map((tab) => `${home}/admin?tab=${tab}`),
    );
  });

  test('WCAG 2.2 AA finds nothing wrong with a dialog', async () => {
    await open('groups');
    await page.getByRole('button', { name: 'New permission group…' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});
