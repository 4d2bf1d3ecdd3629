import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldAliases, snakeCase, windowsFieldNames } from './taxonomy.ts';

test('the program of a Sysmon event is the process, or the source image of pipes and time changes', () => {
  const nameOf = (eventId: string) =>
    windowsFieldNames('WindowsSysmon', 'Microsoft-Windows-Sysmon/Operational', eventId).get('Image');
  expect([nameOf('1'), nameOf('11'), nameOf('2'), nameOf('17'), nameOf('9')]).toEqual([
    'process',
    'process',
    'source_image',
    'source_image',
    'image',
  ]);
});

test('the target of a logon is the user, the target of other account events is the target user', () => {
  const nameOf = (eventId: string) => windowsFieldNames('WinServer', 'Security', eventId).get('TargetUserName');
  expect([nameOf('4624'), nameOf('4625'), nameOf('4720'), nameOf('4728')]).toEqual([
    'user',
    'user',
    'target_user',
    'group',
  ]);
});

test('a query may name a field as Windows does', () => {
  expect(fieldAliases('CommandLine')[0]).toBe('command');
  expect(fieldAliases('Image')).toEqual(['process', 'source_image', 'image']);
  expect(fieldAliases('TargetUserName')).toEqual(['target_user', 'user', 'group', 'computer', 'target_user_name']);
  expect(fieldAliases('EventID')).toContain('event_id');
  expect(fieldAliases('SomeVendorField')).toEqual(['some_vendor_field']);
});

test('a stored name has no other names', () => {
  for (const name of ['user', 'command', 'image', 'process', 'msg', 'path', 'type', 'a0', '__proto__', 'constructor']) {
    expect(fieldAliases(name)).toEqual([]);
  }
});

test('snake case is as the converter of rules writes it', () => {
  const names = ['PackageFullName', 'TargetUserSid', 'QNAME', 'AppID', 'SourceIsIpv6', 'param1', 'a.B', 'Client SID'];
  expect(names.map(snakeCase)).toEqual([
    'package_full_name',
    'target_user_sid',
    'qname',
    'app_id',
    'source_is_ipv6',
    'param1',
    'a.b',
    'client sid',
  ]);
});

test('snake case of snake case is itself', () => {
  fc.assert(
    fc.property(fc.string(), (name) => snakeCase(snakeCase(name)) === snakeCase(name)),
    { numRuns: 500 },
  );
});
