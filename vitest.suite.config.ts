import { defineConfig } from 'vitest/config';

// Suites that need more than npm packages (a real sshd, openssl) or more minutes (fault loops); .ci/run runs them.
export default defineConfig({
  test: {
    include: ['test/suite/**/*.test.ts', 'test/browser/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
