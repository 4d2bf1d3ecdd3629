import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killRuns, violations } from '../notify-kill/kill-runs.ts';

test.each([1, 2, 3])(
  'forty kills in a row lose no notification and invent none (seed %i)',
  async (seed) => {
    const dir = mkdtempSync(join(tmpdir(), 'tocsin-notify-kill-'));
    const report = await killRuns(dir, { kills: 40, incidentsPerRun: 20, seed });
    expect(violations(report)).toEqual([]);
    expect(report.committed.size).toBeGreaterThan(100);
    rmSync(dir, { recursive: true, force: true });
  },
  300_000,
);
