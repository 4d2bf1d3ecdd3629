import { expect, test } from 'vitest';
import { hashPassword, isPassword } from './password.ts';

test('a password is known again by its argon2id hash, a wrong one is not', async () => {
  const stored = await hashPassword('Sésame, ouvre-toi');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await isPassword(stored, 'Se\u0301same, ouvre-toi')).toBe(true);
  expect(await isPassword(stored, 'sésame, ouvre-toi')).toBe(false);
  expect(await hashPassword('Sésame, ouvre-toi')).not.toBe(stored);
});

test('a stored text that is no hash lets nobody in', async () => {
  expect(await isPassword('', '')).toBe(false);
  expect(await isPassword('plain', 'plain')).toBe(false);
});
