import type { RateSettings } from './apis/http/rate-limits.ts';
import type { Settings } from './config/options.ts';

/** What tokens, tenants and addresses may ask for, after the options. */
export const rateSettings = (settings: Settings): RateSettings => ({
  tokenRequestsPerSecond: settings['limits.tokenRequestsPerSecond'],
  tenantRequestsPerSecond: settings['limits.tenantRequestsPerSecond'],
  tokenOrdersPerHour: settings['limits.tokenOrdersPerHour'],
  tenantOrdersPerHour: settings['limits.tenantOrdersPerHour'],
  failuresPerMinute: settings['limits.failuresPerMinute'],
});
