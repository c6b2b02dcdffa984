import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BatchApiError, type BatchProcess } from '../../src/batch/index.js';
import { batchProgress } from '../../src/cli/batch-progress.js';

/** A terminal of 60 by 10 that keeps what is written to it. */
class FakeTerminal extends Writable {
  readonly isTTY = true;
  readonly columns = 60;
  readonly rows = 10;
  text = '';
  writes = 0;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.writes += 1;
    done();
  }
}

const process7: BatchProcess = { pid: '7', cid: '1', name: 'a.wav', state: 'pending', status: 0, statusMessage: '' };
const uploading = (file: string, sentBytes: number) => ({ file, state: 'uploading', sentBytes, totalBytes: 2_000_000 }) as const;
const failed = { file: 'b.wav', state: 'failed', error: new BatchApiError('PROCESS_FAILED', 'no \u001b[2J speech') } as const;

describe('the progress of a batch', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is a bar for each file under way on a terminal, at most ten times a second', () => {
    const terminal = new FakeTerminal();
    const progress = batchProgress(true, terminal);
    for (let sent = 0; sent <= 1_000_000; sent += 1000) progress.show(uploading('a.wav', sent));
    progress.show(uploading('b.wav', 500_000));
    vi.advanceTimersByTime(100);
    expect(terminal.writes).toBeLessThan(5);
    expect(terminal.text).toMatch(/a\.wav: uploading [█#]{12}[░-]{12} {2}50% of 2\.0 MB/);
    expect(terminal.text).toMatch(/b\.wav: uploading [█#]{6}[░-]{18} {2}25%/);
    progress.show({ file: 'a.wav', state: 'pending', process: process7 });
    progress.show(failed);
    vi.advanceTimersByTime(100);
    const before = terminal.text.length;
    progress.end();
    expect(terminal.text).toContain('a.wav: pending (pid 7)');
    expect(terminal.text).toContain('b.wav: failed, PROCESS_FAILED: no  [2J speech');
    // Nothing is under way any more.
    expect(terminal.text.slice(before)).not.toContain('a.wav');
    vi.advanceTimersByTime(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is a line for each change elsewhere, not for each part of an upload', () => {
    const stderr = new FakeTerminal();
    const progress = batchProgress(false, stderr);
    for (let sent = 0; sent <= 2_000_000; sent += 100_000) progress.show(uploading('a.wav', sent));
    progress.show({ file: 'a.wav', state: 'pending', process: process7 });
    progress.show(failed);
    progress.show({ file: 'c.wav', state: 'skipped', pid: '3' });
    progress.show({ file: 'c.wav', state: 'skipped' });
    progress.show({ file: 'd.wav', state: 'left-out' });
    expect(stderr.text.split('\n')).toEqual([
      'a.wav: uploading 2.0 MB',
      'a.wav: pending (pid 7)',
      'b.wav: failed, PROCESS_FAILED: no  [2J speech',
      'c.wav: skipped, done by an earlier run (pid 3)',
      'c.wav: skipped, named twice',
      'd.wav: left out, it would go beyond --max-minutes',
      '',
    ]);
  });
});
