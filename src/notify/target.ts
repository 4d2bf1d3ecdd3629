import type { ChannelSettings } from './rule-notification.ts';

/**
 * What a notification depends on to arrive: deliveries to one target share its queue, its share of concurrency and its
 * circuit, so that a dead one delays nobody else. All mail goes through one server.
 */
export function targetOf(settings: ChannelSettings): string {
  if (settings.channel === 'email') return 'smtp';
  const url = new URL(settings.url);
  return `${url.protocol}//${url.host.toLowerCase()}`;
}
