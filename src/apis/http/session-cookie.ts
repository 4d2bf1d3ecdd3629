import '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The session of a console account. Scripts cannot read it, other sites cannot send it. */
export const SESSION_COOKIE = 'tocsin_session';

const SHAPE = { path: '/', httpOnly: true, sameSite: 'strict' } as const;

/** The text of the cookie; undefined when there is none, or it is empty. */
export function sessionOf(request: FastifyRequest): string | undefined {
  const text = request.cookies[SESSION_COOKIE];
  return text === '' ? undefined : text;
}

/** Over TLS, here or at a proxy that is trusted, the browser is told to send it over TLS alone. */
export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
  expiresAtMs: number,
): void {
  const secure = request.protocol === 'https';
  reply.setCookie(SESSION_COOKIE, text, { ...SHAPE, secure, expires: new Date(expiresAtMs) });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, { ...SHAPE, secure: request.protocol === 'https' });
}
