import { describe, expect, test } from 'vitest';
import { describeError } from '../../src/cli/error-report.js';
import { ExitCode, exitCodeOf } from '../../src/cli/exit-code.js';
import { NoteFilter } from '../../src/cli/note-filter.js';
import { percentile } from '../../src/cli/percentile.js';
import { fitText, keepSecret, printable, wrapText } from '../../src/cli/printable.js';
import { isUnicodeTerminal, progressBar } from '../../src/cli/progress-bar.js';
import { timeText } from '../../src/cli/time-text.js';
import { DecodeError, InsufficientCreditsError, SourceError, StreamingError } from '../../src/index.js';

describe('what is printed', () => {
  test('times', () => {
    const times = [0, 704, 59_960, 61_000, 3_600_000, -5].map(timeText);
    expect(times).toEqual(['0:00.0', '0:00.7', '1:00.0', '1:01.0', '1:00:00.0', '0:00.0']);
  });

  test('percentiles by the nearest rank', () => {
    expect([0.5, 0.95, 1].map((share) => percentile([3, 1, 2, 4], share))).toEqual([2, 4, 4]);
    expect(percentile([], 0.5)).toBeUndefined();
  });

  test('no control characters but newlines, and no secrets', () => {
    keepSecret('a-long-token');
    keepSecret('b');
    expect(printable('a\u001b[31mb\r\nc\u0007 a-long-token')).toBe('a [31mb \nc  (hidden)');
  });

  test('lines that fit', () => {
    expect(fitText('a long name.wav', 8)).toBe('a long …');
    expect(fitText('short', 8)).toBe('short');
    expect(wrapText('one two three fourteen', 9)).toEqual(['one two', 'three', 'fourteen']);
  });

  test('progress, with a bar where the length is known', () => {
    expect(progressBar(5000, 10_000, 40, false)).toBe('0:05.0 of 0:10.0  ########--------  50%');
    expect(progressBar(11_000, 10_000, 80, true)).toBe(`0:10.0 of 0:10.0  ${'█'.repeat(40)} 100%`);
    expect(progressBar(5000, undefined, 80, true)).toBe('0:05.0 sent');
    expect(progressBar(5000, 10_000, 24, true)).toBe('0:05.0 of 0:10.0 50%');
    expect(
      [{ LANG: 'C' }, { LANG: 'en_US.UTF-8' }, { LC_ALL: 'C', LANG: 'en_US.UTF-8' }].map((env) => isUnicodeTerminal(env)),
    ).toEqual(process.platform === 'win32' ? [false, false, false] : [false, true, false]);
  });

  test('a few notes of each kind, and how many there were', () => {
    const notes: string[] = [];
    const filter = new NoteFilter((text) => notes.push(text));
    for (let i = 0; i < 5; i += 1) filter.event({ type: 'diagnostic', code: 'DECODE_RECOVERED', message: `at ${i}` });
    filter.event({ type: 'gap', reason: 'skipped', sessionId: 's', startMs: 1000, endMs: 1500 });
    filter.event({ type: 'session', state: 'open', sessionId: 's', epoch: 0, endpoint: 'a:1' });
    expect(notes).toEqual([
      'DECODE_RECOVERED: at 0',
      'DECODE_RECOVERED: at 1',
      'DECODE_RECOVERED: at 2',
      'GAP: audio is missing from 0:01.0 to 0:01.5',
    ]);
    expect(filter.lines()).toEqual(['  note DECODE_RECOVERED came 5 times, of which 3 were shown']);
  });
});

describe('errors', () => {
  test('carry a code, what to do, and no stack', () => {
    const text = describeError(new InsufficientCreditsError('no credits left'));
    expect(text).toMatch(/^error INSUFFICIENT_CREDITS: no credits left\nTop the project up/);
    expect(describeError(new TypeError('x is not a function'))).toMatch(/^error INTERNAL: x is not a function\nThis is a bug/);
  });

  test('name what there is on the command line, not what there is in the library', () => {
    const error = new DecodeError(
      'UNRECOGNIZED_INPUT',
      'x: no format known; for raw samples give decode({ format: { encoding, sampleRate, channels } })',
    );
    expect(describeError(error)).toMatch(/raw samples need a header: ffmpeg -f s16le .*stream -\nIs it the right file\?/);
    expect(describeError(error, { advise: false })).not.toContain('\n');
    const late = new DecodeError('UNRECOGNIZED_INPUT', 'jitter.targetMs is 80 ms');
    expect(describeError(late, { advise: false })).toContain('--jitter is 80 ms');
  });

  test('say what to do about a name that is not UTF-8, which Node.js can not pass on', () => {
    const error = (name: string) => new SourceError('SOURCE_FAILED', `${name}: reading failed: ENOENT`);
    expect(describeError(error('caf\uFFFD.wav'))).toMatch(/\nA name that is not UTF-8 .* "- < FILE"\.$/);
    expect(describeError(error('café.wav'))).not.toContain('UTF-8');
  });

  test('map to exit codes by what the user can do about them', () => {
    expect(exitCodeOf(new DecodeError('TRUNCATED_INPUT', 'cut'))).toBe(ExitCode.input);
    expect(exitCodeOf(new StreamingError('STREAM_FAILED', 'refused', { status: 14 }))).toBe(ExitCode.connection);
    expect(exitCodeOf(new StreamingError('STREAM_FAILED', 'internal', { status: 13 }))).toBe(ExitCode.failed);
    expect(exitCodeOf(new StreamingError('DRAIN_TIMEOUT', 'late'))).toBe(ExitCode.failed);
    expect(exitCodeOf(new TypeError('bug'))).toBe(ExitCode.failed);
  });
});
