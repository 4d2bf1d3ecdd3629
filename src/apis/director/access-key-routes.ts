import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { makeAccessKey } from '../../accounts/access-keys.ts';
import { accessKeysRevoke, accessKeysSet } from '../../accounts/registry.ts';
import { createSecretBox } from '../../notify/secret-box.ts';
import { AppError } from '../../shared/errors.ts';
import { isObjectId, type ObjectId } from '../../shared/ids.ts';
import { isJsonObject } from '../../shared/json.ts';
import type { Author } from '../../tenancy/author.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { actorOf, logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

const REFUSALS = { 401: ErrorEnvelope, 403: ErrorEnvelope, 404: ErrorEnvelope, default: ErrorEnvelope };

/**
 * Access keys of users for the node's own APIs. They are answered at once and are no orders: the result of an order is
 * kept and can be read again, and a key is shown once.
 */
export function addAccessKeyRoutes(app: FastifyInstance, services: DirectorServices, secretKey: Uint8Array): void {
  const params = Type.Object({ ...TENANT_PARAMS, id: Type.String({ description: 'Object id of the user.' }) });
  for (const { prefix, isDocumented } of CONFIG_PATHS) {
    const hide = isDocumented ? {} : { hide: true };
    app.post(`${prefix}/Users/:id/accessKey`, {
      config: { permission: 'write' },
      schema: {
        ...hide,
        operationId: 'CreateAccessKey',
        tags: ['Users'],
        summary: 'Gives the user a new access key in place of the one before; shown this once.',
        params,
        response: {
          200: Type.Object({ id: Type.String(), username: Type.String(), access_key: Type.String() }),
          ...REFUSALS,
        },
      },
      handler: async (request) => {
        const key = makeAccessKey(createSecretBox(secretKey).seal);
        const { hash, sealed } = key;
        const user = await asked(() => services.control.write(accessKeysSet, { ...targetOf(request), hash, sealed }));
        return { id: user.id, username: user.username, access_key: key.text };
      },
    });
    app.delete(`${prefix}/Users/:id/accessKey`, {
      config: { permission: 'write' },
      schema: {
        ...hide,
        operationId: 'RevokeAccessKey',
        tags: ['Users'],
        summary: "Ends the user's access key at once.",
        params,
        response: { 200: Type.Object({ id: Type.String(), revoked: Type.Literal(true) }), ...REFUSALS },
      },
      handler: async (request) => {
        const user = await asked(() => services.control.write(accessKeysRevoke, targetOf(request)));
        return { id: user.id, revoked: true };
      },
    });
  }
}

function targetOf(request: FastifyRequest) {
  const id = isJsonObject(request.params) ? request.params['id'] : undefined;
  const userId: ObjectId = typeof id === 'string' && isObjectId(id) ? id : '';
  const by: Author = { actor: actorOf(request).name, requestId: request.id };
  return { logpointId: logpointOf(request).id, userId, by };
}

/** A user or key that is not there is a 404 here, where no order tells of it. */
async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.kind === 'refused') {
      throw new AppError('not-found', error.code, error.message, { cause: error });
    }
    throw error;
  }
}
