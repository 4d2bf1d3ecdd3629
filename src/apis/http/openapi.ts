import fastifySwagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { isJsonObject, type Json } from '../../shared/json.ts';
import { completeAnswers } from './openapi-answers.ts';
import type { Permission } from './permission.ts';
import { SESSION_COOKIE } from './session-cookie.ts';

/** Collects the description of every route that is added afterwards, from the schemas that check the requests. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tocsin',
        version,
        description:
          'Security incident server with the Director Console API. Writes and fetches are orders: the answer to a POST is ' +
          'the path of the order; poll it until `response.success` is there. Every path under /configapi and /monitorapi ' +
          'also exists with /v1 after the family.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: SESSION_COOKIE,
            description: 'Of POST /auth/login. Changes need the header `X-Tocsin-Console: 1` beside it.',
          },
          signed: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT (HS256) signed with an access key' },
        },
      },
    },
    hideUntagged: true,
    transform: ({ schema, url, route }) => {
      const permission = route.config?.permission;
      const body = route.config?.describedBody;
      const told = { ...schema, ...(body === undefined ? {} : { body }), 'x-permission': permission };
      if (permission === 'public' || permission === 'access-key') return { schema: told, url };
      return { schema: { ...told, security: securityOf(permission) }, url };
    },
  });
}

function securityOf(permission: Permission | undefined): Record<string, string[]>[] {
  if (permission === 'signed') return [{ signed: [] }];
  return permission === 'session' ? [{ session: [] }] : [{ token: [] }, { session: [] }];
}

/** The document, with keys in a fixed order so that two runs write the same text. */
export function openApiDocument(app: FastifyInstance): object {
  const document: Json = JSON.parse(JSON.stringify(app.swagger()));
  if (!isJsonObject(document)) throw new Error('assertion failed: the description of the API is an object');
  const listed = isJsonObject(document['paths']) ? document['paths'] : {};
  const paths = Object.entries(listed).sort(([a], [b]) => (a < b ? -1 : 1));
  return completeAnswers({ ...document, paths: Object.fromEntries(paths) });
}
