import { expect, test } from 'vitest';
import type { EmailSettings } from './channel-settings.ts';
import type { MessageContent, MessageExtras } from './message-content.ts';
import { renderEmailMessage } from './render-email.ts';
import type { DeliveryParts } from './render-http.ts';

const LINK = 'https://tocsin.example/#Logs/searchLogs?query=a&repos=b';

const content: MessageContent = {
  logpointId: '0'.repeat(32),
  incidentId: '0'.repeat(24),
  ruleId: '3'.repeat(24),
  seriesId: '1'.repeat(32),
  number: 'INC-7',
  ownerId: '2'.repeat(24),
  alertName: 'brute <force>\r\nBcc: evil@example.com',
  description: '',
  detectedAtMs: 1_700_000_000_000,
  risk: 'high',
  status: 'unresolved',
  rowsCount: 3,
  hits: 3,
  query: 'user=* "x"',
  repos: ['default'],
  limit: 100,
  windowFromMs: 0,
  windowToMs: 1,
  attackIds: ['T1110'],
  attackTags: ['Brute Force'],
  attackCategories: [],
  logSources: [],
  metadata: [{ field: 'risk', value: 'not this one' }],
};

const extras: MessageExtras = {
  logpointName: 'north',
  timeZone: 'Europe/Berlin',
  rows: [{ user: '<script>alert(1)</script>' }],
  rowsError: '',
  searchLink: LINK,
};

const parts: DeliveryParts = { deliveryId: 'd', atMs: 0, cause: 'raised', content, extras };

const settings = (given: Partial<EmailSettings> = {}): EmailSettings => ({
  channel: 'email',
  emails: ['soc@example.com'],
  subject: '',
  template: '',
  linkDisable: false,
  logoEnable: false,
  logo: '',
  ...given,
});
const render = (given: Partial<EmailSettings> = {}) => renderEmailMessage(settings(given), parts);

test('a mail tells whose rule matched, whatever its template says', () => {
  const metadata = [
    { field: 'sigma_id', value: '5af54681' },
    { field: 'author', value: 'Ann & Bob' },
    { field: 'licence', value: 'DRL-1.1' },
    { field: 'reference', value: 'https://example.org/why' },
  ];
  const sigma = { ...parts, content: { ...content, metadata } };
  const line = 'Sigma rule 5af54681 by Ann & Bob (DRL-1.1) https://example.org/why';
  for (const template of ['Only {{ alert_name }}', '<b>{{ alert_name }}</b>']) {
    const { message } = renderEmailMessage(settings({ template }), sigma);
    expect(message.text).toContain(line);
    expect(message.html).toContain(`<p>${line.replace('&', '&amp;')}</p>`);
    expect(render({ template }).message.text).not.toContain('Sigma rule');
  }
  const own = renderEmailMessage(settings({ template: 'by {{ author }}' }), sigma).message;
  expect(own.text).toContain('by Ann & Bob');
  expect(own.text).not.toContain(line);
  const digest = renderEmailMessage(settings(), { ...sigma, items: [{ cause: 'raised', content: sigma.content }] });
  expect(digest.message.text).toContain('Sigma rule 5af54681 by Ann & Bob (DRL-1.1)');
  expect(renderEmailMessage(settings(), sigma).message.text).toMatch(/author\s+Ann & Bob/);
});

test('without templates a mail tells what happened, in both forms, with the link', () => {
  const { message, warning } = render();
  expect(warning).toBeNull();
  expect(message.subject).toBe('[HIGH] brute <force> Bcc: evil@example.com (INC-7)');
  expect(message.html).toContain('<h2>brute &lt;force&gt;');
  expect(message.html).toContain('Tue, 14 Nov 2023 23:13:20');
  expect(message.html).toContain('href="https://tocsin.example/#Logs/searchLogs?query=a&amp;repos=b"');
  expect(message.text).toContain('brute <force>');
  expect(message.text).toContain(`Open the search: ${LINK}`);
});

test('link_disable leaves the link out, also where a template asks for it', () => {
  expect(JSON.stringify(render({ linkDisable: true }).message)).not.toContain('searchLogs');
  const asked = render({ linkDisable: true, template: 'link: {{ search_link }}.' }).message;
  expect(asked.text).toBe('link: .');
});

test('a template that places the link itself gets no second one', () => {
  const { message } = render({ template: '<a href="{{ search_link }}">here</a>' });
  expect(message.html.match(/searchLogs/g)).toHaveLength(1);
});

test('what a log says never becomes HTML', () => {
  const { message } = render({ template: '<ul>{% for row in rows %}<li>{{ row.user }}</li>{% endfor %}</ul>' });
  expect(message.html).toContain('<li>&lt;script&gt;');
  expect(message.html).not.toContain('<script>');
});

test('a template without markup keeps its lines in both forms', () => {
  const { message } = render({ template: 'user {{ rows[0].user }}\nrisk {{ risk }}', linkDisable: true });
  expect(message.text).toBe('user <script>alert(1)</script>\nrisk high');
  expect(message.html).toContain('user &lt;script&gt;alert(1)&lt;/script&gt;<br>\nrisk high');
});

test('a template that fails is replaced by the built-in text, which says so', () => {
  const { message, warning } = render({ template: '{{ risk + 1 }}' });
  expect(warning).toBe('template error at 1:9: expected a number but found text');
  expect(message.text).toContain('INC-7');
  expect(message.html).toContain('template error at 1:9');
});

test('a logo stands on top of the mail', () => {
  const logo = Buffer.from([0xff, 0xd8, 0xff, 0xe0]).toString('base64');
  const { message } = render({ logoEnable: true, logo });
  expect(message.logo?.mimeType).toBe('image/jpeg');
  expect(message.html).toContain('<img src="cid:logo"');
  expect(render({ logo }).message.logo).toBeNull();
});

test('a digest is a table of its changes, and a template can loop over them', () => {
  const items = [
    { cause: 'raised', content: { ...content, number: 'INC-1' } },
    {
      cause: 'commented',
      content: { ...content, number: 'INC-2', change: { by: 'ann', assignee: 'bob', comment: '<b>' } },
    },
  ] as const;
  const settings: EmailSettings = {
    ...{ channel: 'email', emails: ['soc@example.com'], subject: '', template: '', linkDisable: false },
    ...{ logoEnable: false, logo: '', digestMinutes: 10 },
  };
  const parts: DeliveryParts = {
    ...{ deliveryId: 'd', atMs: 0, cause: 'raised', content, items },
    extras: { logpointName: 'main', timeZone: 'UTC', rows: [], rowsError: '', searchLink: LINK },
  };
  const { message } = renderEmailMessage(settings, parts);
  expect(message.subject).toMatch(/^2 changes: brute/);
  expect(message.html).toContain('<td>INC-2</td><td>commented</td>');
  expect(message.html).toContain('<td>&lt;b&gt;</td>');
  expect(message.html).not.toContain('Open the search');
  const looped = renderEmailMessage(
    { ...settings, template: '{% for i in incidents %}{{ i.id }},{% endfor %}' },
    parts,
  );
  expect(looped.message.text).toContain(`${content.incidentId},${content.incidentId},`);
});
