import type { JsonObject } from '../shared/json.ts';
import type { RuleNotification } from './rule-notification.ts';

const MINUTE_MS = 60_000;

/** An email or HTTP notification under the names that set it; without its secrets, which nobody reads back. Null for another channel. */
export function notificationRow({ settings, dispatchOption, thresholdMs }: RuleNotification): JsonObject | null {
  const threshold = (channel: string): JsonObject =>
    thresholdMs === 0
      ? {}
      : { [`${channel}_threshold_value`]: thresholdMs / MINUTE_MS, [`${channel}_threshold_option`]: 'minute' };
  if (settings.channel === 'email') {
    return {
      notify_email: true,
      email_emails: settings.emails,
      subject: settings.subject,
      email_template: settings.template,
      link_disable: settings.linkDisable,
      logo_enable: settings.logoEnable,
      b64_logo: settings.logo,
      dispatch_option: dispatchOption,
      ...threshold('email'),
    };
  }
  if (settings.channel !== 'http') return null;
  return {
    notify_http: true,
    http_url: settings.url,
    http_request_type: settings.method,
    http_querystring: settings.queryString,
    http_body: settings.body,
    http_header: settings.authType === null ? {} : { auth_type: settings.authType, auth_key: settings.authKey },
    dispatch_option: dispatchOption,
    ...threshold('http'),
  };
}
