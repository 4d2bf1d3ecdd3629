import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { killRuns, violations } from './notify-kill/kill-runs.ts';

// What must hold: every notification of a durable change arrives at least once, repetitions carry the same id, and
// nothing arrives for a change that was rolled back, wherever the process is killed.

const dir = mkdtempSync(join(tmpdir(), 'tocsin-notify-kill-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('a node that is killed at random points notifies at least once, under one id, and of nothing that was rolled back', async () => {
  const report = await killRuns(dir, { kills: 6, incidentsPerRun: 20, seed: 4711 });
  expect(violations(report)).toEqual([]);
  expect(report.committed.size).toBeGreaterThan(10);
  // Without both, the test would have shown nothing.
  expect(report.rolledBack.size).toBeGreaterThan(0);
  expect([...report.arrived.values()].some((ids) => ids.length > 1)).toBe(true);
}, 60_000);
