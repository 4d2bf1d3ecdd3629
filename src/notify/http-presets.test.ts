import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HttpSettings } from './channel-settings.ts';
import { HTTP_PRESETS, type HttpPreset } from './http-presets.ts';
import type { DeliveryCause, MessageContent } from './message-content.ts';
import { readHttpNotification } from './notification-input.ts';
import { type DeliveryParts, renderHttpMessage } from './render-http.ts';

const content = (text: string, given: Partial<MessageContent> = {}): MessageContent => ({
  ...{ logpointId: '0'.repeat(32), incidentId: '1'.repeat(24), ruleId: '2'.repeat(24), seriesId: '3'.repeat(32) },
  ...{ number: 'INC-7', ownerId: '4'.repeat(24), alertName: text, description: text, detectedAtMs: 1_700_000_000_000 },
  ...{ risk: 'high', status: 'unresolved', rowsCount: 1, hits: 3, query: text, repos: [], limit: 1, windowFromMs: 0 },
  ...{ windowToMs: 1, attackIds: ['T1110'], attackTags: [], attackCategories: [], logSources: [], metadata: [] },
  change: { by: text, assignee: text, comment: text },
  ...given,
});
const partsOf = (
  text: string,
  cause: DeliveryCause = 'raised',
  given: Partial<MessageContent> = {},
): DeliveryParts => ({
  deliveryId: '0b0e2f1c-0000-4000-8000-000000000001',
  atMs: 1_700_000_100_000,
  cause,
  content: content(text, given),
  extras: { logpointName: text, timeZone: 'UTC', rows: [], rowsError: '', searchLink: 'https://tocsin.example/#a="b"' },
});
const settingsOf = (preset: HttpPreset): HttpSettings => {
  const input = readHttpNotification({
    ...{ notify_http: 'on', http_url: 'https://hooks.example/x', preset },
    ...{ preset_fields: { project: 'SEC' }, preset_secret: 'routing-5ecret' },
  });
  if (input.kind === 'off' || input.settings.channel !== 'http') throw new Error('not set');
  expect(input.errors).toEqual({});
  return input.settings;
};
const bodyOf = (preset: HttpPreset, parts: DeliveryParts) => {
  const { message, warning } = renderHttpMessage(settingsOf(preset), { preset_secret: 'routing-5ecret' }, parts);
  expect(warning).toBeNull();
  expect(message.secrets).toContain('routing-5ecret');
  return JSON.parse(message.body ?? '');
};

test.each(HTTP_PRESETS)('the body of %s is a JSON document whatever the incident holds', (preset) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.boolean(), (text, hasChange) => {
      const { change: _none, ...plain } = content(text);
      const parts = partsOf(text, hasChange ? 'commented' : 'raised');
      expect(bodyOf(preset, hasChange ? parts : { ...parts, content: plain })).toBeTypeOf('object');
    }),
    { numRuns: 40 },
  );
});

const SIGMA = [
  { field: 'sigma_id', value: '5af54681-df95-4c26-854f-2565e13cfab0' },
  { field: 'author', value: 'Ann "A" Author, Bob' },
  { field: 'licence', value: 'DRL-1.1' },
  { field: 'reference', value: 'https://example.org/why' },
  { field: 'reference', value: 'https://example.org/how' },
  // What somebody wrote to the rule takes no author away.
  { field: 'author', value: 'me' },
];

test.each(HTTP_PRESETS)('%s tells whose rule matched: id, author, licence and references', (preset) => {
  const text = JSON.stringify(bodyOf(preset, partsOf('x', 'raised', { metadata: SIGMA })));
  const said = [...SIGMA.slice(0, 5).map(({ value }) => JSON.stringify(value).slice(1, -1))];
  for (const part of said) expect(text).toContain(part);
  expect(JSON.stringify(bodyOf(preset, partsOf('x')))).not.toContain('Sigma rule');
});

test('a name of markup is text in Slack, and calls nobody in Mattermost', () => {
  const evil = '<!channel> @channel & <https://evil.example|click>';
  expect(bodyOf('slack', partsOf(evil)).text).toBe(
    'INC-7 &lt;!channel&gt; @channel &amp; &lt;https://evil.example|click&gt; (high, raised)',
  );
  expect(bodyOf('mattermost', partsOf(evil)).text).not.toContain('@channel');
});

test('PagerDuty gets its key, one dedup key for all of an incident, and the end of what began', () => {
  expect(bodyOf('pagerduty', partsOf('x'))).toMatchObject({
    ...{ routing_key: 'routing-5ecret', dedup_key: '1'.repeat(24), event_action: 'trigger' },
    payload: { severity: 'error', timestamp: '2023-11-14T22:13:20.000Z' },
  });
  expect(bodyOf('pagerduty', partsOf('x', 'resolved')).event_action).toBe('resolve');
  expect(bodyOf('pagerduty', partsOf('x', 'raised', { risk: 'critical' })).payload.severity).toBe('critical');
});

test('Jira gets its project, its type and a summary of one line', () => {
  const { fields } = bodyOf('jira', partsOf('a\nb'));
  expect(fields).toMatchObject({ project: { key: 'SEC' }, issuetype: { name: 'Task' }, summary: 'INC-7 a b' });
});

test('Opsgenie and ServiceNow know the incident by its id', () => {
  expect(bodyOf('opsgenie', partsOf('x'))).toMatchObject({ alias: '1'.repeat(24), priority: 'P2', message: 'INC-7 x' });
  expect(bodyOf('servicenow', partsOf('x'))).toMatchObject({
    correlation_id: '1'.repeat(24),
    urgency: '1',
    impact: '2',
  });
});

test('the generic preset is the built-in document', () => {
  expect(bodyOf('generic', partsOf('x'))).toMatchObject({ type: 'incident.raised', data: { number: 'INC-7' } });
});

test('a template of a rule does not see the key of a preset', () => {
  const settings: HttpSettings = {
    ...{
      channel: 'http',
      url: 'https://hooks.example/x',
      method: 'POST',
      queryString: '',
      authType: null,
      authKey: '',
    },
    body: '[{{ preset_secret }}]',
  };
  expect(renderHttpMessage(settings, { preset_secret: 'routing-5ecret' }, partsOf('x')).message.body).toBe('[]');
});

test.each([
  [{ preset: 'icq' }, 'preset'],
  [{ preset: 'jira' }, 'preset_fields'],
  [{ preset: 'pagerduty' }, 'preset_secret'],
  [{ preset: 'slack', http_body: 'x' }, 'http_body'],
  [{ preset: 'slack', http_request_type: 'GET' }, 'preset'],
])('%j is told at %s', (data, field) => {
  const input = readHttpNotification({ notify_http: 'on', http_url: 'https://hooks.example/x', ...data });
  expect(input.kind === 'set' && Object.keys(input.errors)).toEqual(expect.arrayContaining([field]));
});
