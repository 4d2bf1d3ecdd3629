import { CHANNEL_CATEGORIES, CHANNEL_SERVICES, SYSMON_CATEGORIES } from '../../src/sigma/windows-sources.ts';

const SYSMON_CHANNEL = 'microsoft-windows-sysmon/operational';

const serviceOf = new Map<string, string>([[SYSMON_CHANNEL, 'sysmon']]);
for (const [service, channels] of CHANNEL_SERVICES) {
  for (const channel of channels)
    if (!serviceOf.has(channel.toLowerCase())) serviceOf.set(channel.toLowerCase(), service);
}

/** Categories of a Sysmon event; several for some ids. */
const sysmonCategories = (eventId: string): string[] =>
  [...SYSMON_CATEGORIES].flatMap(([category, ids]) => (ids.includes(eventId) ? [category] : []));

const channelCategories = (channel: string, eventId: string): string[] =>
  [...CHANNEL_CATEGORIES].flatMap(([category, { channels, eventIds }]) =>
    channels.some((one) => one.toLowerCase() === channel) && (eventIds === null || eventIds.includes(eventId))
      ? [category]
      : [],
  );

export type LoggedSource = {
  readonly product: string;
  readonly service: string;
  /** Empty when the event has several: then no rule may be left out for its category. */
  readonly category: string;
};

/** The Sigma log source of a Windows event, for an engine that is told it with each event. */
export function loggedSource(event: { readonly [name: string]: unknown }): LoggedSource | null {
  const channel = event['Channel'];
  const eventId = event['EventID'];
  if (typeof channel !== 'string' || (typeof eventId !== 'number' && typeof eventId !== 'string')) return null;
  const name = channel.toLowerCase();
  const categories =
    name === SYSMON_CHANNEL ? sysmonCategories(String(eventId)) : channelCategories(name, String(eventId));
  return {
    product: 'windows',
    service: serviceOf.get(name) ?? 'none',
    category: categories.length > 1 ? '' : (categories[0] ?? 'none'),
  };
}
