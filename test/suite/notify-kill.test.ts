import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killRuns, violations } from '../notify-kill/kill-runs.ts';

// Kills in all: what the gate has time for, or as many as the environment asks for (the promise names 1,000).
const KILLS = Number(process.env['TOCSIN_NOTIFY_KILLS'] ?? 60);
/** Kills on one data folder, before the next begins with an empty one. */
const KILLS_OF_FOLDER = 100;
/** Generous for one kill on a busy machine of two cores. */
const KILL_MS_MAX = 10_000;

test(
  `${KILLS} runs with 20 incidents each, killed at random points, lose no notification and invent none`,
  async () => {
    let committed = 0;
    for (let seed = 1, left = KILLS; left > 0; seed += 1, left -= KILLS_OF_FOLDER) {
      const dir = mkdtempSync(join(tmpdir(), 'tocsin-notify-kill-'));
      const report = await killRuns(dir, { kills: Math.min(left, KILLS_OF_FOLDER), incidentsPerRun: 20, seed });
      expect({ seed, wrong: violations(report) }).toEqual({ seed, wrong: [] });
      committed += report.committed.size;
      rmSync(dir, { recursive: true, force: true });
    }
    expect(committed).toBeGreaterThan(KILLS * 3);
  },
  KILLS * KILL_MS_MAX,
);
