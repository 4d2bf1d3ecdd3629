import type { ChannelSettings } from './channel-settings.ts';

/**
 * What a notification depends on to arrive: deliveries to one target share its queue, its share of concurrency and its
 * circuit, so that a dead one delays nobody else. All mail goes through one server.
 */
export function targetOf(settings: ChannelSettings): string {
  switch (settings.channel) {
    case 'email':
      return 'smtp';
    case 'http': {
      const url = new URL(settings.url);
      return `${url.protocol}//${url.host.toLowerCase()}`;
    }
    case 'syslog':
      return `syslog+${settings.transport}://${hostPort(settings)}`;
    case 'snmp':
      return `snmp://${hostPort(settings)}`;
    case 'ssh':
      return `ssh://${hostPort(settings)}`;
    case 'sms':
      return `smpp://${hostPort(settings)}`;
  }
}

const hostPort = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
