import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { incidentUserGroupRow, permissionGroupRow, userGroupRow, userRow } from '../../accounts/account-rows.ts';
import {
  incidentUserGroupsGet,
  incidentUserGroupsList,
  permissionGroupsGet,
  permissionGroupsList,
  userGroupsGet,
  userGroupsList,
  usersCount,
  usersGet,
  usersList,
  usersPage,
} from '../../accounts/registry.ts';
import type { ControlStore } from '../../control/control-store.ts';
import { incidentsData } from '../../incidents/registry.ts';
import { labelPackageRow } from '../../lists/label-store.ts';
import { listRow } from '../../lists/list.ts';
import { labelPackagesList, listsGet, listsList } from '../../lists/registry.ts';
import { exceptionRow } from '../../rules/exceptions.ts';
import { exceptionsList, ruleUploads } from '../../rules/registry.ts';
import { uploadRow } from '../../rules/rule-uploads.ts';
import { AppError } from '../../shared/errors.ts';
import { isObjectId, type LogpointId } from '../../shared/ids.ts';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { logSourceRow } from '../../tenancy/log-sources.ts';
import { logSourcesGet, logSourcesList, reposList } from '../../tenancy/registry.ts';
import { repoRow } from '../../tenancy/repo-row.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { NotModified, sendTagged } from '../http/etag.ts';
import { logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { nextHeaders, PageQuery, type PageRequest, pageOf, storedPage } from './list-page.ts';
import { generalRows, smtpRows } from './settings-rows.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

type Resource = {
  readonly path: string;
  /** What one of it is called in messages. */
  readonly noun: string;
  list(control: ControlStore, logpointId: LogpointId): Promise<readonly JsonObject[]>;
  get(control: ControlStore, logpointId: LogpointId, id: string): Promise<JsonObject | null>;
  /** For lists that may be long: the rows behind an id, by id, and how many there are. */
  readonly stored?: {
    next(control: ControlStore, logpointId: LogpointId, afterId: string, limit: number): Promise<readonly JsonObject[]>;
    count(control: ControlStore, logpointId: LogpointId): Promise<number>;
  };
};

const orNull = <T>(value: T | null | undefined, row: (value: T) => JsonObject): JsonObject | null =>
  value === null || value === undefined ? null : row(value);

/** Reads that answer at once: lists as bare arrays, one as a bare object. Source: contract, sections 1 and 5. */
const RESOURCES: readonly Resource[] = [
  {
    path: 'Users',
    noun: 'user',
    list: async (control, logpoint) => (await control.read(usersList, logpoint)).map(userRow),
    get: async (control, logpointId, id) => orNull(await control.read(usersGet, { logpointId, id }), userRow),
    stored: {
      next: async (control, logpointId, afterId, limit) =>
        (await control.read(usersPage, { logpointId, afterId, limit })).map(userRow),
      count: (control, logpoint) => control.read(usersCount, logpoint),
    },
  },
  {
    path: 'UserGroups',
    noun: 'user group',
    list: async (control, logpoint) => (await control.read(userGroupsList, logpoint)).map(userGroupRow),
    get: async (control, logpointId, id) => orNull(await control.read(userGroupsGet, { logpointId, id }), userGroupRow),
  },
  {
    path: 'PermissionGroups',
    noun: 'permission group',
    list: async (control, logpoint) => (await control.read(permissionGroupsList, logpoint)).map(permissionGroupRow),
    get: async (control, logpointId, id) =>
      orNull(await control.read(permissionGroupsGet, { logpointId, id }), permissionGroupRow),
  },
  {
    path: 'IncidentUserGroups',
    noun: 'incident user group',
    list: async (control, logpoint) => (await control.read(incidentUserGroupsList, logpoint)).map(incidentUserGroupRow),
    get: async (control, logpointId, id) =>
      orNull(await control.read(incidentUserGroupsGet, { logpointId, id }), incidentUserGroupRow),
  },
  {
    path: 'AlertRules/uploads',
    noun: 'upload',
    list: async (control, logpoint) => (await control.read(ruleUploads, logpoint)).map(uploadRow),
    get: async (control, logpoint, id) =>
      orNull(
        (await control.read(ruleUploads, logpoint)).find((upload) => upload.id === id),
        uploadRow,
      ),
  },
  {
    path: 'Exceptions',
    noun: 'exception',
    list: async (control, logpoint) => (await control.read(exceptionsList, logpoint)).map(exceptionRow),
    get: async (control, logpoint, id) =>
      orNull(
        (await control.read(exceptionsList, logpoint)).find((exception) => exception.id === id),
        exceptionRow,
      ),
  },
  {
    path: 'SystemSettingsGeneral',
    noun: 'settings object',
    list: async (control, logpoint) => generalRows(control, logpoint),
    get: async (control, logpoint, id) =>
      (await generalRows(control, logpoint)).find((row) => row['id'] === id) ?? null,
  },
  {
    path: 'SystemSettingsSMTP',
    noun: 'settings object',
    list: async (control, logpoint) => smtpRows(control, logpoint),
    get: async (control, logpoint, id) => (await smtpRows(control, logpoint)).find((row) => row['id'] === id) ?? null,
  },
  {
    path: 'LogSources',
    noun: 'log source',
    list: async (control, logpoint) => (await control.read(logSourcesList, logpoint)).map(logSourceRow),
    get: async (control, logpointId, id) => orNull(await control.read(logSourcesGet, { logpointId, id }), logSourceRow),
  },
  {
    path: 'Repos',
    noun: 'repo',
    list: async (control, logpoint) => (await control.read(reposList, logpoint)).map(repoRow),
    get: async (control, logpoint, id) =>
      orNull(
        (await control.read(reposList, logpoint)).find((repo) => repo.id === id),
        repoRow,
      ),
  },
  {
    path: 'Lists',
    noun: 'list',
    list: async (control, logpoint) => (await control.read(listsList, logpoint)).map(listRow),
    get: async (control, logpointId, id) => orNull(await control.read(listsGet, { logpointId, id }), listRow),
  },
  {
    path: 'LabelPackages',
    noun: 'label package',
    list: async (control, logpoint) => (await control.read(labelPackagesList, logpoint)).map(labelPackageRow),
    get: async (control, logpoint, id) =>
      orNull(
        (await control.read(labelPackagesList, logpoint)).find((labels) => labels.id === id),
        labelPackageRow,
      ),
  },
];

/** `AlertRules/uploads` is `AlertRulesUploads` in operation ids. */
const nameOf = (path: string): string => path.replace(/\/([a-z])/g, (_, letter: string) => letter.toUpperCase());

const Row = Type.Record(Type.String(), Type.Unknown());
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
        response: { 200: Type.Array(Row), ...REFUSALS },
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
  const { path, noun, get } = resource;
  app.get<{ Querystring: PageRequest }>(url, {
    config: { permission: 'read' },
    schema: {
      ...hide,
      operationId: `List${nameOf(path)}`,
      tags: [path.split('/')[0] ?? path],
      summary: `Lists: every ${noun} of the logpoint; with \`limit\` by id, page by page.`,
      params: Type.Object(TENANT_PARAMS),
      querystring: PageQuery,
      response: { 200: Type.Array(Row), 304: NotModified, ...REFUSALS },
    },
    handler: async (request, reply) => {
      const { id } = logpointOf(request);
      const { page, total } = await readPage(resource, control, id, request.query);
      if (total !== null) reply.header('x-total-count', String(total));
      if (page.nextCursor !== null) reply.headers(nextHeaders(request.url, page.nextCursor));
      return sendTagged(request, reply, page.rows);
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
      response: { 200: Row, 304: NotModified, ...REFUSALS },
    },
    handler: async (request, reply) => {
      const id = idOf(request);
      const row = isObjectId(id) ? await get(control, logpointOf(request).id, id) : null;
      if (row === null) throw unknown(noun, id);
      return sendTagged(request, reply, row);
    },
  });
}

async function readPage({ list, stored }: Resource, control: ControlStore, logpointId: LogpointId, asked: PageRequest) {
  const isPaged = asked.limit !== undefined || asked.cursor !== undefined;
  if (stored !== undefined && isPaged) {
    const page = await storedPage(asked, (afterId, limit) => stored.next(control, logpointId, afterId, limit));
    return { page, total: asked.total === true ? await stored.count(control, logpointId) : null };
  }
  const rows = await list(control, logpointId);
  return { page: pageOf(rows, asked), total: asked.total === true ? rows.length : null };
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
