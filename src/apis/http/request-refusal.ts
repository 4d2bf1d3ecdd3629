import type { FastifyRequest } from 'fastify';
import { mayRead } from '../../accounts/actor.ts';
import { SERVER_CHAIN } from '../../audit/audit-chain.ts';
import type { Refusal } from '../../audit/refusals.ts';
import type { AppError } from '../../shared/errors.ts';

const TEXT_CHARS_MAX = 200;

/**
 * The refused request as the audit chain tells it: in the chain of the logpoint when the caller may read there, else in
 * that of the server, for a tenant must not learn the names of another's tokens.
 */
export function requestRefusal(request: FastifyRequest, error: AppError): Refusal {
  const { actor, logpoint } = request;
  const isOwn = actor !== null && logpoint !== null && mayRead(actor, logpoint.poolId);
  const path = request.url.split('?', 1)[0] ?? '';
  return {
    logpointId: isOwn ? logpoint.id : SERVER_CHAIN,
    actor: actor?.name ?? `anonymous ${request.ip}`,
    action: 'request refused',
    objectType: 'request',
    objectId: '',
    requestId: request.id,
    code: error.code,
    message: error.message,
    asked: { method: request.method, path: cut(path), ip: request.ip },
    isProven: actor !== null,
  };
}

const cut = (text: string): string => (text.length > TEXT_CHARS_MAX ? text.slice(0, TEXT_CHARS_MAX) : text);
