import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findHolder, lockFolder } from './folder-lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a folder has one holder at a time, and is free again after release', () => {
  const first = lockFolder(dir);
  expect(() => lockFolder(dir)).toThrow(`data folder ${dir} is in use by another server`);
  first.release();
  lockFolder(dir).release();
});

test('the holder is known by its note, and by nobody once it is gone', () => {
  expect(findHolder(dir)).toBeNull();
  const lock = lockFolder(dir);
  expect(() => findHolder(dir)).toThrow('is in use');
  lock.announce({ pid: 42, url: 'http://127.0.0.1:1' });
  expect(findHolder(dir)).toEqual({ pid: 42, url: 'http://127.0.0.1:1' });
  lock.release();
  expect(findHolder(dir)).toBeNull();
});
