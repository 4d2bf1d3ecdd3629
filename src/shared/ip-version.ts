const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]\\d|\\d)';
const V4 = `(?:${OCTET}\\.){3}${OCTET}`;
const GROUP = '[0-9a-fA-F]{1,4}';
const IPV4 = new RegExp(`^${V4}$`);
const IPV6 = new RegExp(
  `^(?:(?:${GROUP}:){7}(?:${GROUP}|:)|` +
    `(?:${GROUP}:){6}(?:${V4}|:${GROUP}|:)|` +
    `(?:${GROUP}:){5}(?::${V4}|(?::${GROUP}){1,2}|:)|` +
    `(?:${GROUP}:){4}(?:(?::${GROUP}){0,1}:${V4}|(?::${GROUP}){1,3}|:)|` +
    `(?:${GROUP}:){3}(?:(?::${GROUP}){0,2}:${V4}|(?::${GROUP}){1,4}|:)|` +
    `(?:${GROUP}:){2}(?:(?::${GROUP}){0,3}:${V4}|(?::${GROUP}){1,5}|:)|` +
    `(?:${GROUP}:)(?:(?::${GROUP}){0,4}:${V4}|(?::${GROUP}){1,6}|:)|` +
    `(?::(?:(?::${GROUP}){0,5}:${V4}|(?::${GROUP}){1,7}|:)))$`,
);
const LENGTH_MAX = 45;

/** 4 or 6 for an address without a zone, else 0: what `isIP` of node:net says, for code that also runs in a browser. */
export function ipVersion(text: string): 0 | 4 | 6 {
  if (text.length > LENGTH_MAX) return 0;
  if (IPV4.test(text)) return 4;
  return text.includes(':') && IPV6.test(text) ? 6 : 0;
}
