import type { OidcSettings } from './accounts/oidc-login.ts';
import { readRoleMapping } from './accounts/role-mapping.ts';
import type { AuthSettings } from './accounts/sign-in.ts';
import { resolveSettings } from './config/load-settings.ts';
import type { Settings } from './config/options.ts';
import { AppError } from './shared/errors.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** How people sign in, after the options. */
export const authSettings = (settings: Settings): AuthSettings => ({
  session: {
    lifeMs: settings['auth.sessionHours'] * HOUR_MS,
    idleMs: settings['auth.sessionIdleMinutes'] * MINUTE_MS,
  },
  lockout: { failuresMax: settings['auth.failuresMax'], lockMs: settings['auth.lockSeconds'] * 1000 },
  gate: { runningMax: settings['auth.checksMax'], waitingMax: settings['auth.waitingMax'] },
});

export const DEFAULT_AUTH = authSettings(resolveSettings({ flags: {}, environment: {}, file: new Map() }));

/** The identity provider of the options, null when none is set. @throws AppError `CONFIG_INVALID` */
export function oidcSettings(settings: Settings): OidcSettings | null {
  const [issuer, clientId] = [settings['oidc.issuer'], settings['oidc.clientId']];
  const redirectUri = settings['oidc.redirectUri'];
  if (issuer === null && clientId === null) return null;
  if (issuer === null || clientId === null || redirectUri === null) {
    const message = 'options oidc.issuer, oidc.clientId and oidc.redirectUri belong together: expected all or none';
    throw new AppError('invalid', 'CONFIG_INVALID', message);
  }
  return {
    issuer,
    clientId,
    redirectUri,
    clientSecret: settings['oidc.clientSecret'],
    name: settings['oidc.name'],
    scope: settings['oidc.scope'],
    usernameClaim: settings['oidc.usernameClaim'],
    roleClaim: settings['oidc.roleClaim'],
    roles: settings['oidc.roles'].flatMap((text) => readRoleMapping(text) ?? []),
  };
}
