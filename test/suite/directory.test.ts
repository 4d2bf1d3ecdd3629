import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { selfSigned } from '../../src/adapters/net/self-signed.ts';
import { LdapProvider, type LdapSettings } from '../../src/adapters/providers/ldap-provider.ts';
import { createEgressPolicy } from '../../src/notify/egress-policy.ts';
import { freePort } from './free-port.ts';

// `process lookup(LDAP, field)` against the directory of OpenLDAP, which Debian has as `slapd`.

const pathOf = (name: string): string | undefined =>
  ['/usr/sbin', ...(process.env['PATH'] ?? '').split(delimiter)].map((folder) => join(folder, name)).find(existsSync);
const slapd = pathOf('slapd');
const slapadd = pathOf('slapadd');
const schemas = '/etc/ldap/schema';
const isThere = slapd !== undefined && slapadd !== undefined && existsSync(join(schemas, 'inetorgperson.schema'));

const ENTRIES = `dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: uid=bob,dc=example,dc=org
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: Builder
displayName: Bob Builder
mail: bob@example.org
mail: builder@example.org

dn: uid=a*(b)\\5cc,dc=example,dc=org
objectClass: inetOrgPerson
uid: a*(b)\\c
cn: Odd
sn: Odd
displayName: Odd One
`;

const dir = mkdtempSync(join(tmpdir(), 'tocsin-directory-'));
const { key, cert } = selfSigned();
let child: ChildProcess | null = null;
let port = 0;
let securePort = 0;

function answers(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(at, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

beforeAll(async () => {
  if (!isThere) return;
  [port, securePort] = [await freePort(), await freePort()];
  mkdirSync(join(dir, 'data'));
  writeFileSync(join(dir, 'key.pem'), key);
  writeFileSync(join(dir, 'cert.pem'), cert);
  const config = join(dir, 'slapd.conf');
  writeFileSync(
    config,
    [
      ...['core', 'cosine', 'inetorgperson'].map((name) => `include ${schemas}/${name}.schema`),
      'modulepath /usr/lib/ldap',
      'moduleload back_mdb',
      `TLSCertificateFile ${join(dir, 'cert.pem')}`,
      `TLSCertificateKeyFile ${join(dir, 'key.pem')}`,
      'database mdb',
      'suffix "dc=example,dc=org"',
      'rootdn "cn=reader,dc=example,dc=org"',
      'rootpw s3cret',
      `directory ${join(dir, 'data')}`,
      'access to * by anonymous auth by * none',
      '',
    ].join('\n'),
  );
  writeFileSync(join(dir, 'entries.ldif'), ENTRIES);
  execFileSync(slapadd ?? '', ['-f', config, '-l', join(dir, 'entries.ldif')], { stdio: 'pipe' });
  const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${securePort}/`;
  child = spawn(slapd ?? '', ['-f', config, '-h', urls, '-d', '0'], { stdio: 'ignore' });
  await vi.waitFor(async () => expect(await answers(securePort)).toBe(true), { timeout: 20_000 });
}, 60_000);
afterAll(async () => {
  if (child !== null) {
    const gone = new Promise((resolve) => child?.once('close', resolve));
    child.kill('SIGKILL');
    await gone;
  }
  rmSync(dir, { recursive: true, force: true });
});

const provider = (more: Partial<LdapSettings> = {}): LdapProvider =>
  new LdapProvider({
    url: `ldap://127.0.0.1:${port}`,
    base: 'dc=example,dc=org',
    bindDn: 'cn=reader,dc=example,dc=org',
    password: 's3cret',
    filter: '(|(uid={key})(mail={key}))',
    attributes: ['displayName', 'mail', 'title'],
    ca: '',
    timeoutMs: 5_000,
    totalMs: 10_000,
    egress: createEgressPolicy(['127.0.0.0/8']),
    ...more,
  });

describe.skipIf(!isThere)('a real directory (skipped without slapd of OpenLDAP and its schemas)', () => {
  test('knows people by each attribute of the filter, with the attributes asked for', async () => {
    const { answers: found, isCut } = await provider().ask(['bob', 'BUILDER@example.org', 'eve'], undefined);
    const bob = { displayName: 'Bob Builder', mail: 'bob@example.org, builder@example.org' };
    expect(isCut).toBe(false);
    expect([...found].map(([asked, answer]) => [asked, { ...answer }])).toEqual([
      ['bob', bob],
      ['BUILDER@example.org', bob],
    ]);
  });

  test('takes a value for a value, whatever signs are in it', async () => {
    const { answers: found } = await provider().ask(['*', 'b*', '*)(uid=*', 'a*(b)\\c', '\0', ''], undefined);
    expect([...found.keys()]).toEqual(['a*(b)\\c']);
  });

  test('is asked once for what is known, and answers again after it was gone', async () => {
    const one = provider();
    await one.ask(['bob'], undefined);
    await one.ask(['bob', 'eve'], undefined);
    expect(one.counts).toMatchObject({ calls: 2, cacheHits: 1, failures: 0 });
  });

  test('is asked over TLS, with a certificate of the authority that was named', async () => {
    const url = `ldaps://localhost:${securePort}`;
    expect((await provider({ url, ca: cert }).ask(['bob'], undefined)).answers.size).toBe(1);
    const strict = provider({ url });
    expect((await strict.ask(['bob'], undefined)).isCut).toBe(true);
    expect(strict.counts.failures).toBe(1);
  });

  test('that refuses, is beyond the wall, or is not there, leaves the values unknown and is counted', async () => {
    const cases: Partial<LdapSettings>[] = [
      { password: 'wrong' },
      { egress: createEgressPolicy([]) },
      { url: `ldap://127.0.0.1:${await freePort()}` },
      { filter: '((({key}' },
    ];
    for (const more of cases) {
      const one = provider(more);
      const { answers: found, isCut } = await one.ask(['bob'], undefined);
      expect([found.size, isCut, one.counts.failures], JSON.stringify(more)).toEqual([0, true, 1]);
    }
  });
});
