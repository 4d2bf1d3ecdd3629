import type { AuthSettings } from './accounts/sign-in.ts';
import { resolveSettings } from './config/load-settings.ts';
import type { Settings } from './config/options.ts';

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
