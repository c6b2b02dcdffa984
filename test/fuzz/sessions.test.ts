import { expect, it } from 'vitest';
import { fuzzSessions } from './support/fuzz-sessions.js';

// `npm run fuzz` runs 1000 of them.
it('sessions with hostile servers end with results or typed errors, and leave nothing open', async () => {
  const { problems, endings } = await fuzzSessions(1, 150);
  expect(problems).toEqual([]);
  expect(Object.keys(endings).sort()).toEqual(expect.arrayContaining(['STREAM_FAILED', 'DRAIN_TIMEOUT', 'completed']));
}, 60_000);
