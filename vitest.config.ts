import { defineConfig } from 'vitest/config';
import { embedWasm } from './scripts/embed-wasm.mjs';
import { SlowestFirst } from './scripts/slowest-first.js';

// Set by .ci/run, which adds up the counts.
const results = process.env.TEST_RESULTS;

export default defineConfig({
  plugins: [embedWasm()],
  test: {
    include: ['test/**/*.test.ts'],
    reporters: results === undefined ? ['default'] : ['default', ['json', { outputFile: results }]],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is waited for comes; a busy machine only takes longer.
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    // By default one is left to a watching editor.
    maxWorkers: '100%',
    sequence: { sequencer: SlowestFirst },
  },
});
