import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type TProperties, type TSchema, Type } from 'typebox';
import { CHANNELS, type ChannelSettings } from '../../notify/channel-settings.ts';
import { templateVariables } from '../../notify/message-content.ts';
import { networkRow } from '../../notify/network-row.ts';
import { notificationRow } from '../../notify/notification-row.ts';
import { type Preview, previewTemplate, TEMPLATE_KINDS } from '../../notify/preview-template.ts';
import { contextViewQuery, ruleNotificationsQuery, surroundingsQuery } from '../../notify/registry.ts';
import { DISPATCH_OPTIONS } from '../../notify/rule-notification.ts';
import { ruleGet } from '../../rules/registry.ts';
import { AppError } from '../../shared/errors.ts';
import { isObjectId } from '../../shared/ids.ts';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { ErrorEnvelope, StringEnum } from '../http/envelope.ts';
import { logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

const Row = Type.Record(Type.String(), Type.Unknown());
const REFUSALS = {
  400: ErrorEnvelope,
  401: ErrorEnvelope,
  403: ErrorEnvelope,
  404: ErrorEnvelope,
  default: ErrorEnvelope,
};
const Id = Type.String({ description: 'Object id: 24 lower-case hex digits.' });

const Notification = Type.Object({
  channel: StringEnum(CHANNELS),
  dispatch_option: StringEnum(DISPATCH_OPTIONS),
  notify_on: Type.Array(Type.String(), { description: 'Changes of an incident that are told.' }),
  threshold_s: Type.Number({ description: 'Seconds between two of a rule.' }),
  rate_per_minute: Type.Union([Type.Integer(), Type.Null()]),
  has_secrets: Type.Boolean(),
  fields: Type.Record(Type.String(), Type.Unknown(), { description: 'As the operations that set it name them.' }),
});
const Problem = Type.Object({ line: Type.Integer(), column: Type.Integer(), message: Type.String() });
const Rendered = Type.Object({ text: Type.Union([Type.String(), Type.Null()]), errors: Type.Array(Problem) });

const PreviewBody = Type.Object({
  data: Type.Object({
    template: Type.String({ description: 'Jinja.' }),
    kind: Type.Optional(Type.String({ description: `${TEMPLATE_KINDS.join(', ')}; html when not given.` })),
    incident_id: Type.Optional(Type.String({ description: 'Fills the template with this incident.' })),
    rows: Type.Optional(Type.Array(Row, { description: 'Sample rows.' })),
    variables: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Win over the others.' })),
    timezone: Type.Optional(Type.String({ description: 'IANA name; UTC when not given.' })),
  }),
});

type Route = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly params: TProperties;
  readonly body?: TSchema;
  readonly answer: TSchema;
  handle(services: DirectorServices, request: FastifyRequest): Promise<unknown>;
};

/** What notifications did and would say. Beyond the vendor's API; all of it only reads. */
const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: 'AlertRules/:id/notifications',
    id: 'ListRuleNotifications',
    tag: 'Notifications',
    summary: 'The channels of a rule as they are set, under the names that set them; secrets are never shown.',
    params: { id: Id },
    answer: Type.Array(Notification),
    handle: ruleNotifications,
  },
  {
    method: 'POST',
    path: 'Notifications/preview',
    id: 'PreviewTemplate',
    tag: 'Notifications',
    summary: 'Fills a template with an incident or with samples; errors name line and column. Sends nothing.',
    params: {},
    body: PreviewBody,
    answer: Rendered,
    handle: preview,
  },
  {
    method: 'GET',
    path: 'Incidents/IncidentData/:id/rendered',
    id: 'RenderIncidentData',
    tag: 'Incidents',
    summary: "The data of an incident in its rule's alert_context_template; text is null when the rule applies none.",
    params: { id: Id },
    answer: Rendered,
    handle: renderedData,
  },
];

export function addNotificationRoutes(app: FastifyInstance, services: DirectorServices): void {
  for (const route of ROUTES) {
    for (const { prefix, isDocumented } of CONFIG_PATHS) {
      app.route({
        method: route.method,
        url: `${prefix}/${route.path}`,
        config: { permission: 'read' },
        schema: {
          ...(isDocumented ? {} : { hide: true }),
          operationId: route.id,
          tags: [route.tag],
          summary: route.summary,
          params: Type.Object({ ...TENANT_PARAMS, ...route.params }),
          ...(route.body === undefined ? {} : { body: route.body }),
          response: { 200: route.answer, ...REFUSALS },
        },
        handler: async (request) => route.handle(services, request),
      });
    }
  }
}

/** @throws AppError `OBJECT_UNKNOWN` when the logpoint has no such rule */
export async function ruleKeyOf({ control }: DirectorServices, request: FastifyRequest) {
  const key = { logpointId: logpointOf(request).id, ruleId: param(request, 'id') };
  if (!isObjectId(key.ruleId) || (await control.read(ruleGet, key)) === null) throw unknown('alert rule', key.ruleId);
  return key;
}

async function ruleNotifications(services: DirectorServices, request: FastifyRequest): Promise<JsonObject[]> {
  const set = await services.control.read(ruleNotificationsQuery, await ruleKeyOf(services, request));
  return set.map((notification) => ({
    channel: notification.settings.channel,
    dispatch_option: notification.dispatchOption,
    notify_on: notification.notifyOn,
    threshold_s: notification.thresholdMs / 1000,
    rate_per_minute: notification.ratePerMinute ?? null,
    has_secrets: notification.hasSecrets,
    fields: { ...(notificationRow(notification) ?? networkRow(notification)), ...beyondVendor(notification.settings) },
  }));
}

/** What the vendor has no name for in email and HTTP. */
function beyondVendor(settings: ChannelSettings): JsonObject {
  if (settings.channel === 'email') return { email_digest_minutes: settings.digestMinutes ?? 0 };
  if (settings.channel === 'http') {
    return { preset: settings.preset ?? null, preset_fields: { ...settings.presetFields } };
  }
  return {};
}

async function preview({ control }: DirectorServices, request: FastifyRequest): Promise<Preview> {
  const body = isJsonObject(request.body) ? request.body['data'] : undefined;
  const data = isJsonObject(body) ? body : {};
  const word = typeof data['kind'] === 'string' ? data['kind'].toLowerCase() : 'html';
  const kind = TEMPLATE_KINDS.find((known) => known === word);
  if (kind === undefined) {
    throw new AppError('invalid', 'FIELD_INVALID', `kind must be one of ${TEMPLATE_KINDS.join(', ')}.`);
  }
  const rows = Array.isArray(data['rows']) ? data['rows'].filter(isJsonObject) : [];
  const incidentId = typeof data['incident_id'] === 'string' ? data['incident_id'] : null;
  const base = incidentId === null ? SAMPLE : await variablesOf(control, logpointOf(request).id, incidentId);
  const given = isJsonObject(data['variables']) ? data['variables'] : {};
  const rowsOf = rows.length > 0 ? { rows, row: rows[0] ?? {}, rows_count: rows.length } : {};
  const timeZone = typeof data['timezone'] === 'string' && isTimeZone(data['timezone']) ? data['timezone'] : 'UTC';
  return previewTemplate(String(data['template'] ?? ''), kind, { ...base, ...rowsOf, ...given }, timeZone);
}

async function renderedData({ control }: DirectorServices, request: FastifyRequest): Promise<Preview> {
  const key = { logpointId: logpointOf(request).id, incidentId: param(request, 'id') };
  const view = isObjectId(key.incidentId) ? await control.read(contextViewQuery, key) : null;
  if (view === null) throw unknown('incident', key.incidentId);
  if (view.template === null) return { text: null, errors: [] };
  const { logpointName, timeZone } = await control.read(surroundingsQuery, view.content);
  const extras = { logpointName, timeZone, rows: view.rows, rowsError: '', searchLink: '' };
  return previewTemplate(view.template, 'html', templateVariables(view.content, 'raised', extras), timeZone);
}

async function variablesOf(
  control: DirectorServices['control'],
  logpointId: string,
  incidentId: string,
): Promise<JsonObject> {
  const view = isObjectId(incidentId) ? await control.read(contextViewQuery, { logpointId, incidentId }) : null;
  if (view === null) throw unknown('incident', incidentId);
  const { logpointName, timeZone } = await control.read(surroundingsQuery, view.content);
  const extras = { logpointName, timeZone, rows: view.rows, rowsError: '', searchLink: '' };
  return templateVariables(view.content, 'raised', extras);
}

/** What a preview shows when nobody names an incident. */
const SAMPLE: JsonObject = {
  ...{ alert_name: 'Sample rule', description: 'An incident that never was', risk: 'high', risk_level: 'high' },
  ...{ detection_timestamp: 1_767_225_600, rows: [], rows_error: '', rows_count: 0, hits: 1, status: 'unresolved' },
  ...{ attack_id: ['T1110'], attack_tag: ['Brute Force'], attack_category: ['Credential Access'] },
  ...{ log_source: [], metadata: [], extra_info: { query: 'label=Login label=Fail' }, search_link: '' },
  ...{ id: '0'.repeat(24), incident_id: '0'.repeat(32), incident_number: 'INC-0', logpoint_name: 'sample' },
  ...{ dispatch: 'raised', changed_by: '', assigned_to: '', comment: '' },
};

export function param(request: FastifyRequest, name: string): string {
  const value = isJsonObject(request.params) ? request.params[name] : undefined;
  return typeof value === 'string' ? value : '';
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export const unknown = (noun: string, id: string): AppError =>
  new AppError('not-found', 'OBJECT_UNKNOWN', `${noun} ${JSON.stringify(id.slice(0, 64))} is unknown`);
