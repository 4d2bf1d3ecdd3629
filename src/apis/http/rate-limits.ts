import { isIPv6 } from 'node:net';
import type { Actor } from '../../accounts/actor.ts';
import type { Clock } from '../../shared/clock.ts';
import { AppError } from '../../shared/errors.ts';
import type { LogpointId, ObjectId } from '../../shared/ids.ts';
import { Buckets } from './buckets.ts';

/** null = no limit. */
export type RateSettings = {
  readonly tokenRequestsPerSecond: number | null;
  readonly tenantRequestsPerSecond: number | null;
  readonly tokenOrdersPerHour: number | null;
  readonly tenantOrdersPerHour: number | null;
  /** Requests with wrong credentials from one address. */
  readonly failuresPerMinute: number | null;
};

/** Seconds of its rate that a token or tenant may use at once. */
const BURST_SECONDS = 5;
const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;

/**
 * What one token, one tenant and one address may ask for. The keys are what was found out about the caller, never what a
 * request says of itself. Kept in memory: a restart begins anew.
 */
export class RateLimits {
  readonly #tokens: Buckets;
  readonly #tenants: Buckets;
  readonly #tokenOrders: Buckets;
  readonly #tenantOrders: Buckets;
  readonly #failures: Buckets;

  constructor(settings: RateSettings, clock: Clock) {
    const perSecond = (rate: number | null): Buckets => new Buckets(rate, (rate ?? 0) * BURST_SECONDS, clock);
    const perSpan = (count: number | null, seconds: number): Buckets =>
      new Buckets(count === null ? null : count / seconds, count ?? 0, clock);
    this.#tokens = perSecond(settings.tokenRequestsPerSecond);
    this.#tenants = perSecond(settings.tenantRequestsPerSecond);
    this.#tokenOrders = perSpan(settings.tokenOrdersPerHour, HOUR_SECONDS);
    this.#tenantOrders = perSpan(settings.tenantOrdersPerHour, HOUR_SECONDS);
    this.#failures = perSpan(settings.failuresPerMinute, MINUTE_SECONDS);
  }

  /** Since the start. */
  get counts() {
    return {
      tokenRequestsRefused: this.#tokens.refused,
      tenantRequestsRefused: this.#tenants.refused,
      tokenOrdersRefused: this.#tokenOrders.refused,
      tenantOrdersRefused: this.#tenantOrders.refused,
      failuresRefused: this.#failures.refused,
      addressesWatched: this.#failures.size,
    };
  }

  /** @throws AppError `RATE_LIMITED` */
  request(actor: Actor, logpointId: LogpointId | null): void {
    refuseFor(this.#tokens.take(actor.tokenId), 'RATE_LIMITED', 'requests of the token');
    if (logpointId !== null) refuseFor(this.#tenants.take(logpointId), 'RATE_LIMITED', 'requests of the logpoint');
  }

  /** @throws AppError `QUOTA_REACHED` */
  order(tokenId: ObjectId, logpointId: LogpointId): void {
    refuseFor(this.#tokenOrders.take(tokenId), 'QUOTA_REACHED', 'orders of the token');
    refuseFor(this.#tenantOrders.take(logpointId), 'QUOTA_REACHED', 'orders of the logpoint');
  }

  /** Before a password or secret key is looked at. @throws AppError `TOO_MANY_FAILURES` */
  beforeGuess(ip: string): void {
    refuseFor(this.#failures.look(addressKey(ip)), 'TOO_MANY_FAILURES', 'failed requests of the address');
  }

  /** A request with wrong credentials was made. @throws AppError `TOO_MANY_FAILURES` */
  failed(ip: string): void {
    refuseFor(this.#failures.take(addressKey(ip)), 'TOO_MANY_FAILURES', 'failed requests of the address');
  }
}

function refuseFor(waitSeconds: number, code: string, what: string): void {
  if (waitSeconds <= 0) return;
  throw new AppError('overloaded', code, `too many ${what}: wait`, { retryAfterSeconds: waitSeconds });
}

/** Whoever has an IPv6 address has its network of 64 bits. */
function addressKey(ip: string): string {
  const plain = ip.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':');
}
