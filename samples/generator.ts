import { createHash } from 'node:crypto';

// Volume for benchmarks and the demo: lines that look like a small company's day, the same for the same seed.

/** Uniform numbers in [0, 1) from a seed (mulberry32): quick, and the same on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const USERS = [
  'anna',
  'bela',
  'chidi',
  'dora',
  'emre',
  'fatou',
  'goran',
  'hana',
  'ivo',
  'jana',
  'svc-backup',
  'SYSTEM',
];
const HOSTS = ['WIN-7', 'WIN-9', 'DC-1', 'FILE-2', 'web-1', 'web-2', 'db-1', 'mail-1'];
const IMAGES = [
  'svchost.exe',
  'explorer.exe',
  'chrome.exe',
  'OUTLOOK.EXE',
  'powershell.exe',
  'cmd.exe',
  'msiexec.exe',
  'taskhostw.exe',
];
const PATHS = ['/', '/docs/', '/login', '/search?q=manual', '/api/v1/items', '/static/app.js', '/favicon.ico', '/cart'];
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'curl/8.14.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36',
];

export type GeneratorOptions = {
  readonly seed: number;
  /** Time of the first line, Unix ms; each line is `stepMs` later than the one before. */
  readonly fromMs: number;
  readonly stepMs: number;
};

/** NDJSON lines without end: process creations, logons, web requests and firewall sessions, 300 to 900 bytes, about 700 on average. */
export function* generateLines(options: GeneratorOptions): Generator<string, never, undefined> {
  const random = seededRandom(options.seed);
  const pick = <T>(list: readonly [T, ...T[]] | readonly T[]): T =>
    list[Math.floor(random() * list.length)] ?? (list[0] as T);
  for (let index = 0; ; index += 1) {
    const at = new Date(options.fromMs + index * options.stepMs).toISOString();
    const kind = random();
    if (kind < 0.4) yield JSON.stringify(processCreation(at, index, pick, random));
    else if (kind < 0.6) yield JSON.stringify(logon(at, index, pick, random));
    else if (kind < 0.85) yield JSON.stringify(webRequest(at, index, pick, random));
    else yield JSON.stringify(session(at, index, pick, random));
  }
}

type Pick = <T>(list: readonly T[]) => T;
type Random = () => number;

const privateAddress = (random: Random): string =>
  `10.20.${Math.floor(random() * 8)}.${1 + Math.floor(random() * 250)}`;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex').toUpperCase();

function processCreation(at: string, index: number, pick: Pick, random: Random): object {
  const image = pick(IMAGES);
  const parent = pick(IMAGES);
  const user = pick(USERS);
  return {
    '@timestamp': at,
    EventID: 1,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Provider_Name: 'Microsoft-Windows-Sysmon',
    Computer: pick(HOSTS),
    ProcessId: 1000 + Math.floor(random() * 60_000),
    Image: `C:\\Windows\\System32\\${image}`,
    CommandLine: `"C:\\Windows\\System32\\${image}" /run /id:${index}`,
    CurrentDirectory: 'C:\\Windows\\system32\\',
    User: `CORP\\${user}`,
    IntegrityLevel: pick(['Medium', 'High', 'System']),
    ParentImage: `C:\\Windows\\${parent}`,
    ParentCommandLine: `C:\\Windows\\${parent} -k netsvcs -p -s Schedule`,
    ParentUser: 'NT AUTHORITY\\SYSTEM',
    FileVersion: '10.0.26100.1 (WinBuild.160101.0800)',
    Company: 'Microsoft Corporation',
    ProcessGuid: `{${sha256(`process ${index}`).slice(0, 32)}}`,
    LogonId: `0x${(index * 7919).toString(16)}`,
    TerminalSessionId: Math.floor(random() * 4),
    Hashes: `MD5=${sha256(`md5 ${image}`).slice(0, 32)},SHA256=${sha256(image)}`,
  };
}

function logon(at: string, index: number, pick: Pick, random: Random): object {
  return {
    '@timestamp': at,
    EventID: random() < 0.9 ? 4624 : 4625,
    Channel: 'Security',
    Provider_Name: 'Microsoft-Windows-Security-Auditing',
    Computer: pick(HOSTS),
    SubjectUserSid: 'S-1-5-18',
    SubjectUserName: 'DC-1$',
    SubjectDomainName: 'CORP',
    TargetUserName: pick(USERS),
    TargetDomainName: 'CORP',
    LogonType: pick([2, 3, 3, 3, 5, 10]),
    IpAddress: privateAddress(random),
    IpPort: 1024 + Math.floor(random() * 60_000),
    LogonProcessName: 'Kerberos',
    AuthenticationPackageName: 'Negotiate',
    EventRecordID: 700_000 + index,
    Message:
      'An account was logged on. Subject, logon type, new logon, process and network information follow in their own fields. It is written on the computer that was accessed, when a session is made.',
  };
}

function webRequest(at: string, index: number, pick: Pick, random: Random): object {
  return {
    '@timestamp': at,
    device_name: pick(['web-1', 'web-2']),
    source_address: privateAddress(random),
    request_method: random() < 0.9 ? 'GET' : 'POST',
    resource: pick(PATHS),
    status_code: pick([200, 200, 200, 200, 301, 304, 404, 500]),
    response_size: Math.floor(random() * 50_000),
    duration_ms: Math.floor(random() * 900),
    user_agent: pick(AGENTS),
    referer: 'https://intranet.example/start',
    request_id: sha256(`request ${index}`).slice(0, 32).toLowerCase(),
    session_id: sha256(`session ${Math.floor(index / 7)}`).toLowerCase(),
    upstream: 'app-pool-1',
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
    cache: pick(['HIT', 'MISS', 'BYPASS']),
    trace_id: sha256(`trace ${index}`).slice(0, 32).toLowerCase(),
    server: { node: 'front-a', zone: 'eu-1', build: '2026.11.2', worker: Math.floor(random() * 16) },
  };
}

function session(at: string, index: number, pick: Pick, random: Random): object {
  return {
    '@timestamp': at,
    device_name: 'fw-1',
    action: random() < 0.95 ? 'allow' : 'deny',
    source_address: privateAddress(random),
    source_port: 1024 + Math.floor(random() * 60_000),
    destination_address: `198.51.100.${1 + Math.floor(random() * 250)}`,
    destination_port: pick([443, 443, 443, 80, 53, 123, 22, 445]),
    protocol: pick(['tcp', 'tcp', 'udp']),
    sent_datasize: Math.floor(random() * 100_000),
    received_datasize: Math.floor(random() * 1_000_000),
    duration: Math.floor(random() * 600),
    policy: `outbound-${pick(['default', 'guest', 'servers'])}`,
    application: pick(['ssl', 'web-browsing', 'dns', 'ntp', 'ssh']),
    session_id: 90_000_000 + index,
    user: `CORP\\${pick(USERS)}`,
    message:
      'session end: aged out after the idle time of its policy, no threat seen, counters are totals of both directions, inspected by the default profile, no file was taken out of the stream',
  };
}
