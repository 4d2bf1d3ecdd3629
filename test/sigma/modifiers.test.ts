import { expect, test } from 'vitest';
import { processRule, ruleTest, sysmon } from './decoded.ts';

type Case = {
  readonly name: string;
  readonly detection: string;
  readonly yes: readonly Readonly<Record<string, unknown>>[];
  readonly no: readonly Readonly<Record<string, unknown>>[];
};

const item = (key: string, ...values: readonly string[]): string =>
  `s:\n  ${key}:\n${values.map((value) => `    - ${value}`).join('\n')}\ncondition: s`;
const command = (CommandLine: string) => ({ CommandLine });
const base64 = (text: string, encoding: BufferEncoding = 'utf8'): string =>
  Buffer.from(text, encoding).toString('base64');

const CASES: readonly Case[] = [
  {
    name: 'a plain value is the whole value, in any case',
    detection: item('CommandLine', 'Whoami /all'),
    yes: [command('whoami /ALL')],
    no: [command('whoami /all '), {}],
  },
  {
    name: 'contains, startswith and endswith look inside',
    detection: item('CommandLine|contains', "' -enc '"),
    yes: [command('powershell -ENC abc')],
    no: [command('powershell -encoded abc')],
  },
  {
    name: 'startswith is the start',
    detection: item('CommandLine|startswith', 'cmd'),
    yes: [command('CMD /c')],
    no: [command('a cmd')],
  },
  {
    name: 'endswith is the end',
    detection: item('Image|endswith', "'\\cmd.exe'"),
    yes: [{ Image: 'C:\\Windows\\System32\\cmd.exe' }],
    no: [{ Image: 'C:\\cmd.exe.txt' }],
  },
  {
    name: 'all wants every value',
    detection: item('CommandLine|contains|all', 'a', 'b'),
    yes: [command('xbxa')],
    no: [command('a'), command('b')],
  },
  {
    name: 'cased regards case',
    detection: item('CommandLine|contains|cased', 'Aa'),
    yes: [command('xAax')],
    no: [command('xaAx'), command('aa')],
  },
  {
    name: 'neq holds for any other value and for none',
    detection: item('CommandLine|neq', 'a', 'b'),
    yes: [command('c'), {}],
    no: [command('A'), command('b')],
  },
  {
    name: 'wildcards stand for any run and for one character',
    detection: item('CommandLine', "'a*b?d'"),
    yes: [command('a--bcd'), command('abXd')],
    no: [command('a--bd'), command('xabcd')],
  },
  {
    name: 'an escaped star is a star, an escaped backslash a backslash, another backslash itself',
    detection: item('CommandLine', String.raw`'a\*b'`, String.raw`'c\\*'`, String.raw`'d\w\\e'`, String.raw`'f\*g*h'`),
    yes: [command('a*b'), command('c\\anything'), command('d\\w\\e'), command('f*g--h')],
    no: [command('aXb'), command('c*'), command('d\\w\\\\e'), command('fXg--h'), command('a\\*b')],
  },
  {
    name: 'an empty value is there and empty',
    detection: item('CommandLine', "''"),
    yes: [command('')],
    no: [{}, command('x')],
  },
  {
    name: 'null is no value',
    detection: item('CommandLine', 'null', 'x'),
    yes: [{}, command('x')],
    no: [command(''), command('y')],
  },
  {
    name: 'exists looks for the field alone',
    detection: item('CommandLine|exists', 'true'),
    yes: [command(''), command('x')],
    no: [{}],
  },
  {
    name: 'exists: false is the contrary',
    detection: item('CommandLine|exists', 'false'),
    yes: [{}],
    no: [command('')],
  },
  {
    name: 'numbers are compared as numbers',
    detection: 's:\n  TerminalSessionId|gte: 2\n  TerminalSessionId|lt: 10\ncondition: s',
    yes: [{ TerminalSessionId: 2 }, { TerminalSessionId: '9.5' }],
    no: [{ TerminalSessionId: 10 }, { TerminalSessionId: '1' }, { TerminalSessionId: 'two' }, {}],
  },
  {
    name: 're regards case and is found anywhere',
    detection: item('CommandLine|re', String.raw`'c\d+d'`),
    yes: [command('abc12de')],
    no: [command('abC12de'), command('c1xd')],
  },
  {
    name: 're takes the flags i, m and s',
    detection: 's:\n  CommandLine|re|i|m|s: ^b.d$\ncondition: s',
    yes: [command('a\nB\nD\nc')],
    no: [command('a\nxB\nD')],
  },
  {
    name: 'cidr knows IPv4, IPv6 and the mapped form',
    detection: item('SourceIp|cidr', '10.0.0.0/8', 'fe80::/10'),
    yes: [{ SourceIp: '10.9.8.7' }, { SourceIp: '::ffff:10.1.1.1' }, { SourceIp: 'febf::1' }],
    no: [{ SourceIp: '11.0.0.1' }, { SourceIp: 'fec0::1' }, { SourceIp: 'host' }],
  },
  {
    name: 'windash takes any of five dashes before a word, and leaves those inside words',
    detection: item('CommandLine|windash|contains', "' -f-oo /q'"),
    yes: ['-', '/', '\u2013', '\u2014', '\u2015'].map((dash) => command(`x ${dash}f-oo ${dash}q`)),
    no: [command('x +f-oo -q'), command('x -f/oo -q')],
  },
  {
    name: 'windash with many options is no longer written out',
    detection: item('CommandLine|contains|windash', "' -a -b -c -d -e'"),
    yes: [command('x /A -b \u2013c \u2014d \u2015e!')],
    no: [command('x /a -b -c -d +e')],
  },
  {
    name: 'base64 finds what was encoded whole',
    detection: item('CommandLine|base64|contains', 'foobar'),
    yes: [command(`x ${base64('foobar')}`)],
    no: [command('foobar')],
  },
  {
    name: 'base64offset finds it at any place of a longer text',
    detection: item('CommandLine|base64offset|contains', 'http://'),
    yes: ['', '-', '--', '---'].map((before) => command(base64(`${before}http://x`))),
    no: [command(base64('https//x'))],
  },
  {
    name: 'wide is little-endian UTF-16, as PowerShell encodes commands',
    detection: item('CommandLine|wide|base64offset|contains', 'IEX'),
    yes: ['', 'a', 'ab'].map((before) => command(base64(`${before}IEX (x)`, 'utf16le'))),
    no: [command(base64('IEX (x)'))],
  },
  {
    name: 'utf16 has a byte order mark, utf16be the other order',
    detection: item('CommandLine|utf16be|base64offset|contains', 'IEX'),
    yes: [command(Buffer.from('aIEX', 'utf16le').swap16().toString('base64'))],
    no: [command(base64('IEX', 'utf16le'))],
  },
  {
    name: 'fieldref compares two fields of the event',
    detection: item('Image|fieldref', 'ParentImage'),
    yes: [{ Image: 'C:\\a.exe', ParentImage: 'c:\\A.EXE' }],
    no: [{ Image: 'C:\\a.exe', ParentImage: 'C:\\b.exe' }, { Image: 'C:\\a.exe' }],
  },
  {
    name: 'fieldref with endswith compares the end',
    detection: item('Image|fieldref|endswith', 'OriginalFileName'),
    yes: [{ Image: 'C:\\A.exe', OriginalFileName: 'a.exe' }],
    no: [{ Image: 'C:\\a.exe', OriginalFileName: 'b.exe' }],
  },
  {
    name: 'keywords are looked for in every value, not in names',
    detection: 's:\n  - mimikatz\n  - seku*lsa\ncondition: s',
    yes: [command('x MIMIKATZ y'), { Image: 'c:\\sekurlsa.exe' }],
    no: [{ Mimikatz: 'no' }, command('mimi katz')],
  },
  {
    name: 'keywords with all are all looked for',
    detection: "s:\n  '|all':\n    - one\n    - two\ncondition: s",
    yes: [{ CommandLine: 'one', Image: 'two' }],
    no: [{ CommandLine: 'one one' }],
  },
  {
    name: 'a list of maps is any of them',
    detection: 's:\n  - Image: a\n    CommandLine: b\n  - CommandLine: c\ncondition: s',
    yes: [{ Image: 'a', CommandLine: 'b' }, { CommandLine: 'c' }],
    no: [{ Image: 'a' }, { CommandLine: 'b' }],
  },
  {
    name: 'hashes are found by algorithm and without',
    detection: item('Hashes|contains', 'IMPHASH=ABC', 'MD5=1234', 'ffff'),
    yes: [{ Hashes: 'MD5=00,IMPHASH=abcdef' }, { Hashes: 'MD5=12345' }, { Hashes: 'SHA1=00ffff00' }],
    no: [{ Hashes: 'MD5=abc,IMPHASH=1234' }, {}],
  },
];

test.each(CASES)('$name', ({ detection, yes, no }) => {
  const holds = ruleTest(processRule(detection));
  for (const fields of yes) expect(holds(sysmon(1, fields)), JSON.stringify(fields)).toBe(true);
  for (const fields of no) expect(holds(sysmon(1, fields)), JSON.stringify(fields)).toBe(false);
});

test('placeholders take the values that are configured, with their wildcards', () => {
  const rule = processRule(item('User|expand', "'%Admins%'"));
  const placeholders = (name: string) => (name === 'Admins' ? ['root', 'adm*'] : undefined);
  const holds = ruleTest(rule, { placeholders });
  expect(holds(sysmon(1, { User: 'ADMIN7' }))).toBe(true);
  expect(holds(sysmon(1, { User: 'bob' }))).toBe(false);
  expect(() => ruleTest(rule)).toThrow(
    '7:9: the rule needs the values of the placeholder %Admins%, and none are configured',
  );
});

test.each([
  ['CommandLine|contians', 'a', 'expected a modifier of the Sigma specification, saw "contians"; write contains'],
  ['CommandLine|re', "'(?=x)'", 'expected a regular expression in RE2 syntax'],
  ['SourceIp|cidr', '10.0.0.0/40', 'expected a network such as 10.0.0.0/8 or fe80::/10, saw "10.0.0.0/40"'],
  ['Id|gt', 'many', 'expected a number after gt, saw "many"'],
  ['CommandLine|re|contains', 'a', 're and contains cannot be used together'],
  ['CommandLine|i', 'a', 'expected re before i'],
  ['CommandLine|base64', "'a*'", 'expected text without wildcards before base64'],
  ['CommandLine|exists', 'maybe', 'expected true or false after exists, saw "maybe"'],
])('%s: %s is refused with a place and what was expected', (key, value, message) => {
  expect(() => ruleTest(processRule(item(key, value)))).toThrow(message);
  expect(() => ruleTest(processRule(item(key, value)))).toThrow(/^7:9: /);
});
