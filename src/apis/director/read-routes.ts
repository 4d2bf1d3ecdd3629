import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { incidentUserGroupRow, permissionGroupRow, userGroupRow, userRow } from '../../accounts/account-rows.ts';
import {
  incidentUserGroupsGet,
  incidentUserGroupsPage,
  permissionGroupsGet,
  permissionGroupsPage,
  userGroupsGet,
  userGroupsPage,
  usersGet,
  usersPage,
} from '../../accounts/registry.ts';
import type { ControlStore, Query } from '../../control/control-store.ts';
import type { Page, PageOf } from '../../control/list-page.ts';
import { incidentsData } from '../../incidents/registry.ts';
import { labelPackageRow } from '../../lists/label-store.ts';
import { listRow } from '../../lists/list.ts';
import { labelPackagesPage, listsGet, listsPage } from '../../lists/registry.ts';
import { exceptionRow, holdsAt, type RuleException } from '../../rules/exceptions.ts';
import { exceptionsPage, uploadsPage } from '../../rules/registry.ts';
import { uploadRow } from '../../rules/rule-uploads.ts';
import { systemClock } from '../../shared/clock.ts';
import { AppError } from '../../shared/errors.ts';
import { isObjectId, type LogpointId } from '../../shared/ids.ts';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { logSourceRow } from '../../tenancy/log-sources.ts';
import { logSourcesGet, logSourcesPage, reposPage } from '../../tenancy/registry.ts';
import { repoRow } from '../../tenancy/repo-row.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { NotModified, sendTagged } from '../http/etag.ts';
import { logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { type PageAsked, PageQuery, pageHeaders, pageReader } from './list-page.ts';
import {
  ExceptionRow,
  GeneralRow,
  IncidentUserGroupRow,
  LabelPackageRow,
  ListRow,
  LogSourceRow,
  PermissionGroupRow,
  RepoRow,
  SmtpRow,
  UploadRow,
  UserGroupRow,
  UserRow,
} from './row-schemas.ts';
import { generalRows, smtpRows } from './settings-rows.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

type Resource = {
  readonly path: string;
  /** What one of it is called in messages. */
  readonly noun: string;
  readonly row: TSchema;
  page(control: ControlStore, logpointId: LogpointId, asked: PageAsked): Promise<Page<JsonObject>>;
  get(control: ControlStore, logpointId: LogpointId, id: string): Promise<JsonObject | null>;
};

const orNull = <T>(value: T | null | undefined, row: (value: T) => JsonObject): JsonObject | null =>
  value === null || value === undefined ? null : row(value);

/** Lists that are short by their own limits: one of them is found in the whole. */
const listed = <T extends { readonly id: string }>(
  path: string,
  noun: string,
  schema: TSchema,
  page: Query<PageOf, Page<T>>,
  row: (value: T) => JsonObject,
): Resource => ({
  path,
  noun,
  row: schema,
  page: pageReader(page, row),
  get: async (control, logpointId, id) =>
    orNull(
      (await control.read(page, { logpointId })).rows.find((one) => one.id === id),
      row,
    ),
});

/** The one object of its kind that a logpoint has. */
const single = (path: string, row: TSchema, read: typeof generalRows): Resource => ({
  path,
  noun: 'settings object',
  row,
  page: async (control, logpointId, { total }) => {
    const rows = await read(control, logpointId);
    return { rows, nextCursor: null, total: total === true ? rows.length : null };
  },
  get: async (control, logpointId, id) => (await read(control, logpointId)).find((row) => row['id'] === id) ?? null,
});

/** Reads that answer at once: lists as bare arrays, one as a bare object. Source: contract, sections 1 and 5. */
const RESOURCES: readonly Resource[] = [
  {
    path: 'Users',
    noun: 'user',
    row: UserRow,
    page: pageReader(usersPage, userRow),
    get: async (control, logpointId, id) => orNull(await control.read(usersGet, { logpointId, id }), userRow),
  },
  {
    path: 'UserGroups',
    noun: 'user group',
    row: UserGroupRow,
    page: pageReader(userGroupsPage, userGroupRow),
    get: async (control, logpointId, id) => orNull(await control.read(userGroupsGet, { logpointId, id }), userGroupRow),
  },
  {
    path: 'PermissionGroups',
    noun: 'permission group',
    row: PermissionGroupRow,
    page: pageReader(permissionGroupsPage, permissionGroupRow),
    get: async (control, logpointId, id) =>
      orNull(await control.read(permissionGroupsGet, { logpointId, id }), permissionGroupRow),
  },
  {
    path: 'IncidentUserGroups',
    noun: 'incident user group',
    row: IncidentUserGroupRow,
    page: pageReader(incidentUserGroupsPage, incidentUserGroupRow),
    get: async (control, logpointId, id) =>
      orNull(await control.read(incidentUserGroupsGet, { logpointId, id }), incidentUserGroupRow),
  },
  listed('AlertRules/uploads', 'upload', UploadRow, uploadsPage, uploadRow),
  listed('Exceptions', 'exception', ExceptionRow, exceptionsPage, (one: RuleException) =>
    // Its end is written down within a minute; it holds no more from its time on.
    exceptionRow({ ...one, isExpired: one.isExpired || !holdsAt(one, systemClock()) }),
  ),
  single('SystemSettingsGeneral', GeneralRow, generalRows),
  single('SystemSettingsSMTP', SmtpRow, smtpRows),
  {
    path: 'LogSources',
    noun: 'log source',
    row: LogSourceRow,
    page: pageReader(logSourcesPage, logSourceRow),
    get: async (control, logpointId, id) => orNull(await control.read(logSourcesGet, { logpointId, id }), logSourceRow),
  },
  listed('Repos', 'repo', RepoRow, reposPage, repoRow),
  {
    path: 'Lists',
    noun: 'list',
    row: ListRow,
    page: pageReader(listsPage, listRow),
    get: async (control, logpointId, id) => orNull(await control.read(listsGet, { logpointId, id }), listRow),
  },
  listed('LabelPackages', 'label package', LabelPackageRow, labelPackagesPage, labelPackageRow),
];

/** `AlertRules/uploads` is `AlertRulesUploads` in operation ids. */
const nameOf = (path: string): string => path.replace(/\/([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The fields that the event has. */
const EventRow = Type.Record(Type.String(), Type.Unknown());
const Id = Type.String({ description: 'Object id: 24 lower-case hex digits.' });
const REFUSALS = { 401: ErrorEnvelope, 403: ErrorEnvelope, 404: ErrorEnvelope, default: ErrorEnvelope };

export function addReadRoutes(app: FastifyInstance, services: DirectorServices): void {
  for (const { prefix, isDocumented } of CONFIG_PATHS) {
    const hide = isDocumented ? {} : { hide: true };
    for (const resource of RESOURCES) addResource(app, services, `${prefix}/${resource.path}`, resource, hide);
    app.get(`${prefix}/Incidents/IncidentData/:id`, {
      config: { permission: 'read' },
      schema: {
        ...hide,
        operationId: 'GetIncidentData',
        tags: ['Incidents'],
        summary: 'The copy that the last FetchIncidentData left; empty when none was made.',
        params: Type.Object({ ...TENANT_PARAMS, id: Id }),
        response: { 200: Type.Array(EventRow), ...REFUSALS },
      },
      handler: async (request, reply) => sendIncidentData(services.control, request, reply),
    });
  }
}

function addResource(
  app: FastifyInstance,
  { control }: DirectorServices,
  url: string,
  resource: Resource,
  hide: object,
): void {
  const { path, noun, row: rowSchema, get } = resource;
  app.get<{ Querystring: PageAsked }>(url, {
    config: { permission: 'read' },
    schema: {
      ...hide,
      operationId: `List${nameOf(path)}`,
      tags: [path.split('/')[0] ?? path],
      summary: `Lists: every ${noun} of the logpoint; with \`limit\` by id, page by page.`,
      params: Type.Object(TENANT_PARAMS),
      querystring: PageQuery,
      response: { 200: Type.Array(rowSchema), 304: NotModified, ...REFUSALS },
    },
    handler: async (request, reply) => {
      const { id } = logpointOf(request);
      const page = await resource.page(control, id, request.query);
      return sendTagged(request, reply.headers(pageHeaders(request.url, page)), page.rows);
    },
  });
  app.get(`${url}/:id`, {
    config: { permission: 'read' },
    schema: {
      ...hide,
      operationId: `Get${nameOf(path)}`,
      tags: [path.split('/')[0] ?? path],
      summary: `Gets one ${noun}.`,
      params: Type.Object({ ...TENANT_PARAMS, id: Id }),
      response: { 200: rowSchema, 304: NotModified, ...REFUSALS },
    },
    handler: async (request, reply) => {
      const id = idOf(request);
      const row = isObjectId(id) ? await get(control, logpointOf(request).id, id) : null;
      if (row === null) throw unknown(noun, id);
      return sendTagged(request, reply, row);
    },
  });
}

/** The copy is stored as the text that goes out. */
async function sendIncidentData(
  control: ControlStore,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const incidentId = idOf(request);
  const text = isObjectId(incidentId)
    ? await control.read(incidentsData, { logpointId: logpointOf(request).id, incidentId })
    : null;
  if (text === null) throw unknown('incident', incidentId);
  return reply.type('application/json; charset=utf-8').send(text);
}

function idOf(request: FastifyRequest): string {
  const id = isJsonObject(request.params) ? request.params['id'] : undefined;
  return typeof id === 'string' ? id : '';
}

const unknown = (noun: string, id: string): AppError =>
  new AppError('not-found', 'OBJECT_UNKNOWN', `${noun} ${JSON.stringify(id.slice(0, 64))} is unknown`);
