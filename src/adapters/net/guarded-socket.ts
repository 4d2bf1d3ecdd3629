import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';
import { type EgressPolicy, EgressRefused } from '../../notify/egress-policy.ts';
import { guardedLookup, literalVerdict, type Resolve } from './guarded-lookup.ts';

export type GuardedTarget = {
  /** Name or address, also in brackets. */
  readonly host: string;
  readonly port: number;
  readonly egress: EgressPolicy;
  readonly resolve?: Resolve | undefined;
};

const bare = (host: string): string => host.replace(/^\[|\]$/g, '');

/** A connection to an address that the policy allows: checked after DNS and again as it stands. */
export function connectGuarded(target: GuardedTarget, timeoutMs: number, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const refused = literalVerdict(target.egress, target.host);
    if (refused !== null) return reject(refused);
    const socket = connect({
      host: bare(target.host),
      port: target.port,
      lookup: guardedLookup(target.egress, target.resolve),
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.destroy();
      reject(error);
    };
    const stop = (): void => fail(new Error('broken off'));
    const timer = setTimeout(() => fail(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) return stop();
    socket.once('error', fail);
    socket.once('connect', () => {
      const verdict = target.egress.check(socket.remoteAddress ?? '');
      if (!verdict.allowed) return fail(new EgressRefused(target.host, verdict.reason));
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

/**
 * TLS over a connection that was checked. The certificate must be the host's, from an authority of the usual list or the
 * given one.
 */
export function secureGuarded(
  socket: Socket,
  host: string,
  options: { readonly ca: string; readonly timeoutMs: number },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const name = bare(host);
    const secure = connectTls({
      socket,
      host: name,
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ...(options.ca === '' ? {} : { ca: [...rootCertificates, options.ca] }),
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      secure.destroy();
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new Error(`no TLS handshake within ${options.timeoutMs} ms`)),
      options.timeoutMs,
    );
    secure.once('error', fail);
    secure.once('secureConnect', () => {
      clearTimeout(timer);
      secure.off('error', fail);
      resolve(secure);
    });
  });
}

/** The address behind a host that datagrams may go to. @throws EgressRefused and what the resolver says */
export function addressGuarded(target: GuardedTarget): Promise<{ readonly address: string; readonly family: number }> {
  return new Promise((resolve, reject) => {
    const refused = literalVerdict(target.egress, target.host);
    if (refused !== null) return reject(refused);
    const host = bare(target.host);
    if (isIP(host) !== 0) return resolve({ address: host, family: isIP(host) });
    guardedLookup(target.egress, target.resolve)(host, {}, (error, address, family) => {
      if (error !== null || typeof address !== 'string') return reject(error ?? new Error(`${host}: no address`));
      resolve({ address, family: family ?? isIP(address) });
    });
  });
}
