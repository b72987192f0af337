import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Some suites start real daemons (pcscd, Mosquitto, Chromium) on a two-core machine.
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['agent/**/*.ts', 'drivers/**/*.ts', 'sync/**/*.ts', 'simulators/**/*.ts'],
      exclude: ['agent/kiosk/web/**'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
});
