import { expect, it } from 'vitest';
import { fuzzSessions } from './support/fuzz-sessions.js';

// `npm run fuzz` runs 1000 of them.
it('sessions with hostile servers end with results or typed errors, and leave nothing open', async () => {
  const { problems, endings } = await fuzzSessions(1, 120);
  expect(problems).toEqual([]);
  expect(Object.keys(endings)).toEqual(expect.arrayContaining(['STREAM_FAILED', 'DRAIN_TIMEOUT', 'CONNECT_TIMEOUT']));
}, 60_000);
