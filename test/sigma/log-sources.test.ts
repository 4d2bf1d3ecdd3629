import { expect, test } from 'vitest';
import type { LogEvent } from '../../src/events/event.ts';
import { eventOf, ruleTest, security, sysmon } from './decoded.ts';

const rule = (logsource: string, selection: string): ((event: LogEvent) => boolean) =>
  ruleTest(`title: t\nid: r\nlogsource: ${logsource}\ndetection:\n  s: ${selection}\n  condition: s\n`);
const channel = (Channel: string, EventID: number, fields: Readonly<Record<string, unknown>> = {}): LogEvent =>
  eventOf({ EventID, Channel, ...fields });

test('a Sysmon category is its events and no others', () => {
  const holds = rule('{ product: windows, category: process_access }', "{ TargetImage|endswith: '\\lsass.exe' }");
  const fields = { SourceImage: 'C:\\a.exe', TargetImage: 'C:\\lsass.exe' };
  expect(holds(sysmon(10, fields))).toBe(true);
  expect(holds(sysmon(8, fields))).toBe(false);
  expect(holds(security(10, fields))).toBe(false);
});

test('a started process is one for Sysmon and for Security', () => {
  const holds = rule(
    '{ product: windows, category: process_creation }',
    "{ Image|endswith: '\\cmd.exe', ParentImage|endswith: '\\word.exe', CommandLine|contains: '/c' }",
  );
  expect(holds(sysmon(1, { Image: 'C:\\cmd.exe', ParentImage: 'C:\\word.exe', CommandLine: 'cmd /c x' }))).toBe(true);
  const audited = { NewProcessName: 'C:\\cmd.exe', ParentProcessName: 'C:\\word.exe', CommandLine: 'cmd /c x' };
  expect(holds(security(4688, audited))).toBe(true);
  expect(holds(security(4689, audited))).toBe(false);
});

test('what a Security event stores for its subject is not its User or LogonId', () => {
  const holds = rule('{ product: windows, category: process_creation }', '{ User: null, LogonId: null }');
  expect(holds(security(4688, { NewProcessName: 'x', SubjectUserName: 'bob', SubjectLogonId: '0x3e7' }))).toBe(true);
  expect(holds(sysmon(1, { Image: 'x', User: 'bob', LogonId: '0x3e7' }))).toBe(false);
});

test('a name that means another thing in another event is resolved for each', () => {
  const holds = rule('{ product: windows, service: security }', '{ TargetUserName: bob }');
  expect(holds(security(4624, { TargetUserName: 'bob', SubjectUserName: 'SYSTEM' }))).toBe(true);
  expect(holds(security(4728, { TargetUserName: 'Bob', SubjectUserName: 'alice' }))).toBe(true);
  expect(holds(security(4720, { TargetUserName: 'bob', SubjectUserName: 'alice' }))).toBe(true);
  expect(holds(security(4624, { TargetUserName: 'alice', SubjectUserName: 'bob' }))).toBe(false);
  expect(holds(security(4720, { TargetUserName: 'alice', SubjectUserName: 'bob' }))).toBe(false);
  expect(holds(sysmon(1, { TargetUserName: 'bob' }))).toBe(false);
});

test('a service is its channel in any case, the product alone every Windows event', () => {
  const service = rule('{ product: windows, service: windefend }', '{ EventID: 1116 }');
  expect(service(channel('MICROSOFT-windows-Windows Defender/Operational', 1116))).toBe(true);
  expect(service(channel('System', 1116))).toBe(false);
  const product = rule('{ product: windows }', '{ EventID: 5 }');
  for (const event of [sysmon(5, {}), security(5, {}), channel('Anything', 5)]) expect(product(event)).toBe(true);
  expect(product(eventOf({ EventID: 5 }))).toBe(false);
});

test('PowerShell scripts come from both channels', () => {
  const holds = rule('{ product: windows, category: ps_script }', '{ ScriptBlockText|contains: iex }');
  for (const name of ['Microsoft-Windows-PowerShell/Operational', 'PowerShellCore/Operational']) {
    expect(holds(channel(name, 4104, { ScriptBlockText: 'IEX x' }))).toBe(true);
    expect(holds(channel(name, 4103, { ScriptBlockText: 'IEX x' }))).toBe(false);
  }
});

test('web servers are known by the names of the W3C format', () => {
  const line = '10.0.0.1 - - [10/Oct/2025:13:55:36 +0000] "GET /a?x=../etc/passwd HTTP/1.1" 200 5 "-" "curl/8"';
  const holds = rule(
    '{ category: webserver }',
    "{ cs-method: GET, cs-uri-query|contains: '../', sc-status: 200, cs-user-agent|startswith: curl }",
  );
  expect(holds(eventOf(line))).toBe(true);
  expect(holds(eventOf(line.replace('GET', 'POST')))).toBe(false);
});

test('Linux services are the programs that write them', () => {
  const sshd = '<38>Oct 10 13:55:36 host sshd[1]: error: buffer_get_string_ret: corrupted MAC on input';
  const holds = rule('{ product: linux, service: sshd }', '[ corrupted MAC ]');
  expect(holds(eventOf(sshd))).toBe(true);
  expect(holds(eventOf(sshd.replace('sshd[1]', 'cron[1]')))).toBe(false);
  const audit = rule('{ product: linux, service: auditd }', '{ type: EXECVE, a0: nc }');
  expect(audit(eventOf({ type: 'EXECVE', pid: 1, a0: 'nc' }))).toBe(true);
  expect(audit(eventOf({ type: 'order', pid: 1, a0: 'nc' }))).toBe(false);
});

test('cloud records are known by what only they have', () => {
  const holds = rule('{ product: aws, service: cloudtrail }', '{ eventName: DeleteTrail }');
  expect(holds(eventOf({ eventSource: 'cloudtrail.amazonaws.com', eventName: 'DeleteTrail' }))).toBe(true);
  expect(holds(eventOf({ eventSource: 'elsewhere', eventName: 'DeleteTrail' }))).toBe(false);
  const m365 = rule('{ product: m365, service: audit }', '{ Operation: Add user. }');
  expect(m365(eventOf({ Workload: 'AzureActiveDirectory', Operation: 'Add user.' }))).toBe(true);
});
