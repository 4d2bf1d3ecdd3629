import { expect, test } from 'vitest';
import { regexLiteral } from './regex-literal.ts';

test.each([
  ['powershell', 'powershell'],
  ['^cmd\\.exe /c$', 'cmd.exe /c'],
  ['a+bc', 'bc'],
  ['abc?d', 'ab'],
  ['abc{0,2}defg', 'defg'],
  ['(foo|bar)longest[xyz]abc', 'longest'],
  ['[a\\]]{3}tail', 'tail'],
  ['[]abc]tail', 'tail'],
  ['[[:alpha:]]tail', 'tail'],
  ['\\d+\\\\Windows\\\\', '\\windows\\'],
  ['foo|bar', ''],
  ['.*', ''],
  ['\\Qa.b\\E', ''],
  ['\\x{41}bc', ''],
  ['(?i)powershell', 'power'],
  ['(?i)KeySearch', 'earch'],
  ['İx', 'ıx'],
  ['(unclosed', ''],
])('every text that %s finds has in it, folded: %s', (source, literal) => {
  expect(regexLiteral(source)).toBe(literal);
});
