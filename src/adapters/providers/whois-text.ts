/** Columns of `process whoislookup`, and how registries call what is in them, in lower case. The first that is there counts. */
const NAMES = {
  whois_organization: [
    'orgname',
    'org-name',
    'registrant organization',
    'organisation',
    'organization',
    'owner',
    'descr',
  ],
  whois_country: ['country', 'registrant country'],
  whois_network: ['cidr', 'netrange', 'inetnum', 'inet6num'],
  whois_registrar: ['registrar'],
  whois_created: ['creation date', 'created', 'regdate'],
  whois_expires: ['registry expiry date', 'registrar registration expiration date', 'paid-till', 'expires'],
  whois_abuse: ['orgabuseemail', 'abuse-mailbox', 'registrar abuse contact email'],
} as const;

export const WHOIS_COLUMNS: readonly string[] = Object.keys(NAMES);

/** Names under which a registry names the server that knows more. */
const REFERRALS = ['refer', 'referralserver', 'registrar whois server', 'whois'];
const VALUE_CHARS_MAX = 300;

export type WhoisText = {
  readonly fields: Readonly<Record<string, string>>;
  /** `host` or `host:port`. */
  readonly referral: string | null;
};

/** Reads `Name: value` lines. Registries agree on nothing more; the text is hostile like any other. */
export function readWhois(text: string): WhoisText {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^\s*([A-Za-z][\w /-]{0,60}?)\s*:\s*(\S.*)$/.exec(line.slice(0, 1_000)) ?? [];
    if (name === undefined || value === undefined) continue;
    const key = name.toLowerCase();
    if (!values.has(key))
      values.set(
        key,
        value
          .replaceAll(/\p{Cc}/gu, '')
          .trim()
          .slice(0, VALUE_CHARS_MAX),
      );
  }
  const fields: Record<string, string> = {};
  for (const [column, names] of Object.entries(NAMES)) {
    const name = names.find((one) => (values.get(one) ?? '') !== '');
    if (name !== undefined) fields[column] = values.get(name) ?? '';
  }
  return { fields, referral: referralOf(values) };
}

function referralOf(values: ReadonlyMap<string, string>): string | null {
  const named = REFERRALS.flatMap((name) => values.get(name) ?? [])[0];
  const [, host, port] = /^(?:whois:\/\/)?([\w.-]{1,253})(?::(\d{1,5}))?\/?$/i.exec(named ?? '') ?? [];
  if (host === undefined) return null;
  return port === undefined ? host.toLowerCase() : `${host.toLowerCase()}:${port}`;
}
