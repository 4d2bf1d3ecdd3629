import { defineConfig } from 'vitest/config';

// Everything that needs only npm packages. Suites that need more of the machine (sshd, a long fault loop, a browser)
// are in vitest.suite.config.ts and run in .ci/run.
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'samples/**/*.test.ts', 'test/**/*.test.ts', 'web/src/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/suite/**', 'test/browser/**'],
    // Property tests and real processes on a busy machine: slow is not wrong.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
