import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Json } from '../../shared/json.ts';

export const NotModified = Type.Null({ description: 'The answer is the one that `If-None-Match` names.' });

const TAG_CHARS = 32;

/** Weak: equal tags mean equal content; how it is written may differ. */
const tagOf = (body: string): string => `W/"${createHash('sha256').update(body).digest('hex').slice(0, TAG_CHARS)}"`;

/**
 * Sends the value as JSON with a weak tag of its content, or 304 without a body when the caller has it already. Clients
 * may keep it and must ask again each time: what a token sees can change at any moment.
 */
export function sendTagged(request: FastifyRequest, reply: FastifyReply, value: Json): FastifyReply {
  const body = JSON.stringify(value);
  const tag = tagOf(body);
  reply.headers({ etag: tag, 'cache-control': 'private, no-cache', vary: 'authorization, cookie' });
  if (isKnown(request.headers['if-none-match'], tag)) return reply.code(304).send();
  return reply.type('application/json; charset=utf-8').send(body);
}

/** The weak comparison of RFC 9110, 8.8.3.2, over the list of a header. */
function isKnown(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const plain = tag.slice('W/'.length);
  return header.split(',').some((part) => {
    const candidate = part.trim();
    return candidate === '*' || candidate === tag || candidate === plain;
  });
}
