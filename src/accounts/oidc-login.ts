import { timingSafeEqual } from 'node:crypto';
import * as oidc from 'openid-client';
import type { Clock } from '../shared/clock.ts';
import { AppError } from '../shared/errors.ts';
import type { OidcPerson, RoleMapping } from './oidc-account.ts';
import { newSecretText, secretDigest } from './secret-text.ts';

export type OidcSettings = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
  /** On the button of the console. */
  readonly name: string;
  readonly redirectUri: string;
  readonly scope: string;
  readonly usernameClaim: string;
  /** A claim with a text or a list of texts, looked up in `roles`. */
  readonly roleClaim: string;
  /** The first that fits counts; a person whom none fits is denied. */
  readonly roles: readonly RoleMapping[];
};

/** The one provider of the option table. */
export const OIDC_ID = 'oidc';
const PENDING_MAX = 1000;
const PENDING_MS = 600_000;
const CLAIM_CHARS_MAX = 200;

type Pending = {
  readonly verifier: string;
  readonly nonce: string;
  readonly bindingHash: string;
  readonly returnTo: string;
  readonly endsAtMs: number;
};

/** Where the browser goes, and the text of the cookie that ties the answer to this browser. */
export type OidcStart = { readonly url: string; readonly binding: string };

/** Logins through an OpenID Connect provider: authorization code with PKCE, state and nonce. See docs/adr/0012. */
export class OidcLogin {
  readonly settings: OidcSettings;
  readonly #fetch: oidc.CustomFetch;
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  #discovered: Promise<oidc.Configuration> | null = null;

  /** `fetch` asks the egress policy at connect. */
  constructor(settings: OidcSettings, fetchGuarded: oidc.CustomFetch, clock: Clock) {
    this.settings = settings;
    this.#fetch = fetchGuarded;
    this.#clock = clock;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** @throws AppError `OIDC_UNAVAILABLE`, `OIDC_BUSY` */
  async start(returnTo: string): Promise<OidcStart> {
    const config = await this.#configuration();
    this.#dropOld();
    if (this.#pending.size >= PENDING_MAX) {
      const message = `${PENDING_MAX} logins wait for the identity provider already`;
      throw new AppError('overloaded', 'OIDC_BUSY', message, { retryAfterSeconds: 30 });
    }
    const [verifier, state, nonce, binding] = [
      oidc.randomPKCECodeVerifier(),
      oidc.randomState(),
      oidc.randomNonce(),
      newSecretText('tss'),
    ];
    const { redirectUri, scope } = this.settings;
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope,
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const endsAtMs = this.#clock() + PENDING_MS;
    this.#pending.set(state, {
      verifier,
      nonce,
      bindingHash: secretDigest(binding),
      returnTo: ownPath(returnTo),
      endsAtMs,
    });
    return { url: url.href, binding };
  }

  /**
   * The person behind the provider's answer. The state works once, and only in the browser that started.
   *
   * @throws AppError `OIDC_DENIED`, `OIDC_UNAVAILABLE`
   */
  async finish(
    query: string,
    binding: string | undefined,
    requestId: string,
  ): Promise<{ readonly person: OidcPerson; readonly returnTo: string }> {
    const state = new URLSearchParams(query).get('state') ?? '';
    const pending = this.#pending.get(state);
    this.#pending.delete(state);
    if (pending === undefined || pending.endsAtMs <= this.#clock() || !isBinding(pending, binding)) {
      throw denied('the login was not started here, or took too long: sign in again');
    }
    const config = await this.#configuration();
    const current = new URL(this.settings.redirectUri);
    current.search = query;
    let claims: oidc.IDToken | undefined;
    try {
      const tokens = await oidc.authorizationCodeGrant(config, current, {
        pkceCodeVerifier: pending.verifier,
        expectedState: state,
        expectedNonce: pending.nonce,
        idTokenExpected: true,
      });
      claims = tokens.claims();
    } catch (cause) {
      throw denied('the identity provider did not confirm the login', cause);
    }
    if (claims === undefined) throw denied('the identity provider sent no identity');
    return { person: this.#personOf(claims, requestId), returnTo: pending.returnTo };
  }

  #personOf(claims: oidc.IDToken, requestId: string): OidcPerson {
    const { issuer, usernameClaim, roleClaim, roles } = this.settings;
    const username = claims[usernameClaim];
    if (typeof username !== 'string' || username === '' || username.length > CLAIM_CHARS_MAX) {
      throw denied(`the identity has no usable claim ${usernameClaim}`);
    }
    const value = claims[roleClaim];
    const groups: readonly unknown[] = Array.isArray(value) ? value : [value];
    const mapping = roles.find(({ group }) => groups.includes(group));
    if (mapping === undefined) throw denied('the identity has no role here');
    const given = claims['name'];
    const name = typeof given === 'string' && given !== '' ? given.slice(0, 100) : username;
    return { issuer, subject: claims.sub, username, name, role: mapping.role, pools: mapping.pools, requestId };
  }

  /** Asked once; a failure is tried again at the next login. */
  #configuration(): Promise<oidc.Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    // Plain HTTP is for a provider on this machine alone, which the option makes sure of.
    const execute = issuer.startsWith('http:') ? { execute: [oidc.allowInsecureRequests] } : {};
    const auth = clientSecret === null ? oidc.None() : oidc.ClientSecretBasic(clientSecret);
    this.#discovered ??= oidc
      .discovery(new URL(issuer), clientId, undefined, auth, { ...execute, [oidc.customFetch]: this.#fetch })
      .catch((cause: unknown) => {
        this.#discovered = null;
        throw new AppError('unavailable', 'OIDC_UNAVAILABLE', 'the identity provider does not answer', { cause });
      });
    return this.#discovered;
  }

  #dropOld(): void {
    for (const [state, { endsAtMs }] of this.#pending) if (endsAtMs <= this.#clock()) this.#pending.delete(state);
  }
}

function isBinding({ bindingHash }: Pending, binding: string | undefined): boolean {
  return binding !== undefined && timingSafeEqual(Buffer.from(secretDigest(binding)), Buffer.from(bindingHash));
}

/** A path of this server, or its start: a text that a browser would read as another host is neither. */
const ownPath = (text: string): string => (/^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes('\\') ? text : '/');

const denied = (message: string, cause?: unknown): AppError =>
  new AppError('forbidden', 'OIDC_DENIED', message, cause === undefined ? {} : { cause });
