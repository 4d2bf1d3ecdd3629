import type { ControlStore } from '../control/control-store.ts';
import { AppError } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import { PASSWORD_CHARS_MAX, passwordFault } from './check-user.ts';
import { loginFailed, type SignedIn } from './complete-login.ts';
import type { ConsoleAccount } from './console-account.ts';
import { loginKey } from './console-account.ts';
import type { SessionLife } from './console-sessions.ts';
import type { Credentials, Lockout } from './login-attempts.ts';
import { newRecoveryCodes, newTotp, recoveryDigest, stepOfCode } from './one-time-code.ts';
import { hashPassword, isPassword } from './password.ts';
import { type GateLimits, PasswordGate } from './password-gate.ts';
import { RefusedLogin } from './refused-login.ts';
import {
  accountsSetOwnPassword,
  credentialsGet,
  loginsBegin,
  loginsComplete,
  loginsRefused,
  loginsTakeBack,
  totpConfirm,
  totpDisable,
  totpEnrol,
} from './registry.ts';
import { newSecretText, secretDigest } from './secret-text.ts';
import type { CodeProof } from './totp-store.ts';

export type AuthSettings = {
  readonly session: SessionLife;
  readonly lockout: Lockout;
  readonly gate: GateLimits;
};

/** Where a login comes from. */
export type Origin = { readonly ip: string; readonly requestId: string; readonly oldSession?: string | undefined };

export type LoginRequest = Origin & {
  readonly username: string;
  readonly password: string;
  readonly code?: string | undefined;
};

/** Seals secrets of authenticators at rest. */
export type CodeBox = { seal(plain: string, context: string): string; open(sealed: string, context: string): string };
type Named = Pick<ConsoleAccount, 'id' | 'username'>;

/** A started session. `session` is the text of the cookie, the only time that it is shown. */
export type StartedSession = SignedIn & { readonly session: string };

/** Signs people in with a password: the one place where passwords of console accounts are looked at. */
export class SignIn {
  readonly #control: Pick<ControlStore, 'read' | 'write'>;
  readonly #settings: AuthSettings;
  readonly #gate: PasswordGate;
  readonly #box: CodeBox;
  /** A hash that no password has: what is checked for names without an account, so that both take the same time. */
  readonly #nobody = hashPassword(newSecretText('tpw'));
  readonly #counts = { accepted: 0, refused: 0, locked: 0 };

  constructor(control: Pick<ControlStore, 'read' | 'write'>, settings: AuthSettings, box: CodeBox) {
    this.#control = control;
    this.#settings = settings;
    this.#box = box;
    this.#gate = new PasswordGate(settings.gate);
  }

  /** Since the start. */
  get counts() {
    return { ...this.#counts, gate: this.#gate.counts };
  }

  /** @throws AppError `LOGIN_FAILED`, `CODE_REQUIRED`, `LOGIN_LOCKED`, `LOGIN_BUSY` */
  login(request: LoginRequest): Promise<StartedSession> {
    return this.#gate.run(loginKey(request.username), () => this.#login(request));
  }

  async #login(request: LoginRequest): Promise<StartedSession> {
    const start = await this.#control.write(loginsBegin, { username: request.username, ...this.#settings.lockout });
    if (start.outcome === 'locked') {
      this.#counts.locked += 1;
      throw locked(start.untilMs);
    }
    const { credentials } = start;
    const isRight = await this.#isPassword(credentials, request.password);
    if (credentials === null || !isRight || !credentials.active) throw await this.#refused(credentials, request);
    const code = credentials.totpActive ? await this.#codeOf(credentials, request) : undefined;
    const proof = { passwordHash: credentials.passwordHash, code };
    const started = await this.startSession(credentials.id, proof, 'password', request);
    this.#counts.accepted += 1;
    return started;
  }

  /** The password was right: without a code the attempt is taken back, with a wrong one it stays counted. */
  async #codeOf(credentials: Credentials, request: LoginRequest): Promise<CodeProof> {
    if (request.code === undefined || request.code === '') {
      await this.#control.write(loginsTakeBack, request.username);
      throw new AppError('unauthenticated', 'CODE_REQUIRED', 'a one-time code is needed beside the password');
    }
    const proof = this.#proofOf(credentials, request.code);
    if (proof === null) throw await this.#refused(credentials, request);
    return proof;
  }

  /** Whether a recovery code exists, and whether a code was used before, the transaction finds that uses it up. */
  #proofOf({ id, totpSealed }: Credentials, code: string): CodeProof | null {
    if (totpSealed === null) return null;
    const step = stepOfCode(this.#box.open(totpSealed, codeContext(id)), code, Date.now());
    if (step !== null) return { kind: 'step', step };
    return /^\d{6}$/.test(code.replaceAll(' ', '')) ? null : { kind: 'recovery', hash: recoveryDigest(code) };
  }

  /** A secret for an authenticator app; nothing is asked for until a code of it was given. @throws AppError `TOTP_ACTIVE` */
  async enrolCode({ id, username }: Named, by: Author): Promise<{ readonly secret: string; readonly uri: string }> {
    const made = newTotp(username);
    await this.#control.write(totpEnrol, { accountId: id, sealed: this.#box.seal(made.secret, codeContext(id)), by });
    return made;
  }

  /** @returns the recovery codes, the only time that they are shown. @throws AppError `LOGIN_FAILED`, `TOTP_ACTIVE` */
  confirmCode(account: Named, code: string, by: Author, origin: Origin): Promise<readonly string[]> {
    return this.#withCode(account, code, origin, async (proof) => {
      if (proof.kind !== 'step') throw loginFailed();
      const codes = newRecoveryCodes();
      const recoveryHashes = codes.map(recoveryDigest);
      await this.#control.write(totpConfirm, { accountId: account.id, step: proof.step, recoveryHashes, by });
      return codes;
    });
  }

  /** @throws AppError `LOGIN_FAILED` for a code that is wrong or was used before */
  disableCode(account: Named, code: string, by: Author, origin: Origin): Promise<void> {
    return this.#withCode(account, code, origin, (proof) =>
      this.#control.write(totpDisable, { accountId: account.id, proof, by }),
    );
  }

  /** Codes of a person who is signed in are counted like those of a login. */
  #withCode<T>(account: Named, code: string, origin: Origin, work: (proof: CodeProof) => Promise<T>): Promise<T> {
    return this.#gate.run(loginKey(account.username), async () => {
      const start = await this.#control.write(loginsBegin, { username: account.username, ...this.#settings.lockout });
      if (start.outcome === 'locked') throw locked(start.untilMs);
      const proof = start.credentials === null ? null : this.#proofOf(start.credentials, code);
      if (proof === null) throw await this.#refused(start.credentials, origin);
      const done = await work(proof);
      await this.#control.write(loginsTakeBack, account.username);
      return done;
    });
  }

  /** Takes the same time whether there is a hash to compare with or not. */
  async #isPassword(credentials: Credentials | null, password: string): Promise<boolean> {
    const stored = credentials?.passwordHash ?? null;
    const isRight = await isPassword(stored ?? (await this.#nobody), password.slice(0, PASSWORD_CHARS_MAX + 1));
    return isRight && stored !== null;
  }

  async #refused(credentials: Credentials | null, { ip, requestId }: Origin): Promise<AppError> {
    this.#counts.refused += 1;
    const error = loginFailed();
    if (credentials === null) return error;
    await this.#control.write(loginsRefused, { account: credentials, ip, requestId });
    return new RefusedLogin(error.kind, error.code, error.message);
  }

  /** A session for an account whose owner has proven to be it. @throws AppError `LOGIN_FAILED` */
  async startSession(
    accountId: ObjectId,
    proof: { readonly passwordHash: string | null; readonly code?: CodeProof | undefined },
    method: 'password' | 'oidc',
    { ip, requestId, oldSession }: Origin,
  ): Promise<StartedSession> {
    const session = newSecretText('tss');
    const signedIn = await this.#control.write(loginsComplete, {
      accountId,
      ...proof,
      method,
      session: { ...this.#settings.session, hash: secretDigest(session) },
      replacesHash: oldSession === undefined ? undefined : secretDigest(oldSession),
      ip,
      requestId,
    });
    return { ...signedIn, session };
  }

  /**
   * Another password for the account whose owner knows the one so far. Every session ends; the caller starts a new one.
   *
   * @throws AppError `LOGIN_FAILED`, `LOGIN_LOCKED`, `ACCOUNT_INVALID` for a new password of the wrong length
   */
  async changePassword(
    account: Pick<ConsoleAccount, 'id' | 'username'>,
    given: { readonly old: string; readonly new: string },
    by: Author,
    origin: Origin,
  ): Promise<StartedSession> {
    const fault = passwordFault(given.new);
    if (fault !== null) throw new AppError('invalid', 'ACCOUNT_INVALID', `new: ${fault}`);
    return this.#gate.run(loginKey(account.username), async () => {
      await this.#prove(account, given.old, origin);
      const passwordHash = await hashPassword(given.new);
      await this.#control.write(accountsSetOwnPassword, { id: account.id, passwordHash, by });
      return this.startSession(account.id, { passwordHash }, 'password', origin);
    });
  }

  /** Wrong passwords of a person who is signed in count like those of a login: a stolen session guesses no better. */
  async #prove({ id, username }: Pick<ConsoleAccount, 'id' | 'username'>, password: string, origin: Origin) {
    const start = await this.#control.write(loginsBegin, { username, ...this.#settings.lockout });
    if (start.outcome === 'locked') throw locked(start.untilMs);
    const credentials = await this.#control.read(credentialsGet, id);
    const isRight = await this.#isPassword(credentials, password);
    if (credentials === null || !isRight) throw await this.#refused(credentials, origin);
  }
}

/** Ties a sealed secret to its account. */
const codeContext = (id: ObjectId): string => `one-time code:${id}`;

const locked = (untilMs: number): AppError =>
  new AppError('overloaded', 'LOGIN_LOCKED', 'too many logins failed: wait, or ask an administrator to unlock', {
    retryAfterSeconds: Math.ceil((untilMs - Date.now()) / 1000),
  });
