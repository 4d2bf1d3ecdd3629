import { isIP } from 'node:net';
import type { Decoding } from './decoding.ts';
import { putTime } from './event-clock.ts';
import { SIGNATURES } from './event-labels.ts';
import { parseAccessTime } from './event-time.ts';

/** Common and combined log format of Apache and nginx, with an optional virtual host in front. */
const LINE =
  /^(?:(?<vhost>[\w.:-]{1,255}) )?(?<client>[\w.:%-]{1,255}) (?<ident>\S{1,255}) (?<user>\S{1,255}|[^[\]"]{1,255}) \[(?<time>[^\]]{20,32})\] "(?<request>(?:\\.|[^"\\])*)" (?<status>\d{3}|-) (?<bytes>\d{1,19}|-)(?: "(?<referer>(?:\\.|[^"\\])*)" "(?<agent>(?:\\.|[^"\\])*)")?/s;
const REQUEST = /^(?<method>[A-Z]{1,20}) (?<url>\S*)(?: (?<protocol>HTTP\/[\d.]{1,5}))?$/;
const LOOKED_AT_MAX = 32_768;

/** True when the text is an access line; its fields are then part of the event. */
export function decodeAccessLine(decoding: Decoding, text: string): boolean {
  const { event } = decoding;
  const groups = LINE.exec(text.length > LOOKED_AT_MAX ? text.slice(0, LOOKED_AT_MAX) : text)?.groups;
  if (groups === undefined) return false;
  const { vhost, client = '', user = '-', time = '', request = '', status = '-', bytes = '-', referer, agent } = groups;
  putTime(decoding, parseAccessTime(time), time);
  event.put(isIP(client) === 0 ? 'source_host' : 'source_address', client);
  if (vhost !== undefined) event.put('domain', vhost);
  if (user !== '-') event.put('user', user);
  const parts = REQUEST.exec(request)?.groups;
  if (parts === undefined) event.put('request', request);
  else {
    event.put('request_method', parts['method'] ?? '');
    event.put('url', parts['url'] ?? '');
    if (parts['protocol'] !== undefined) event.put('protocol', parts['protocol']);
  }
  if (status !== '-') event.put('status_code', status);
  if (bytes !== '-') event.put('sent_datasize', bytes);
  if (referer !== undefined && referer !== '-') event.put('referer', referer);
  if (agent !== undefined && agent !== '-') event.put('user_agent', agent);
  event.put('norm_id', 'WebServer');
  event.put('sig_id', SIGNATURES.webAccess);
  event.put('action', 'access');
  event.put('label', Number(status) >= 400 ? 'Access Request Fail' : 'Access Request');
  return true;
}
