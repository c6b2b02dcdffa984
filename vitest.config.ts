import { defineConfig } from 'vitest/config';
import { embedWasm } from './scripts/embed-wasm.mjs';

export default defineConfig({
  plugins: [embedWasm()],
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
});
