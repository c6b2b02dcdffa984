import { Subject } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { emitEvent, mergeEvents, type StreamEvent } from '../../src/events/index.js';

const gap: StreamEvent = { type: 'gap', reason: 'gated', sessionId: 's', startMs: 0, endMs: 1 };
afterEach(() => vi.restoreAllMocks());

describe('mergeEvents()', () => {
  it('hands every event to each observer, in order, and passes over those that are not there', () => {
    const heard: string[] = [];
    const subject$ = new Subject<StreamEvent>();
    subject$.subscribe(({ type }) => heard.push(`subject ${type}`));
    emitEvent(mergeEvents(undefined, { next: ({ type }) => heard.push(`first ${type}`) }, {}, subject$), gap);
    expect(heard).toEqual(['first gap', 'subject gap']);
  });

  it('keeps the event from none because another threw', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const heard: StreamEvent[] = [];
    const broken = {
      next: () => {
        throw new Error('broken dashboard');
      },
    };
    emitEvent(mergeEvents(broken, { next: (event) => heard.push(event) }), gap);
    expect(heard).toEqual([gap]);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('broken dashboard'), expect.anything());
  });

  it('leaves diagnostics to process warnings when nobody listens', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    emitEvent(mergeEvents({}, undefined), { type: 'diagnostic', code: 'PACE_BEHIND', message: 'behind' });
    expect(warn).toHaveBeenCalledWith('behind', expect.objectContaining({ code: 'PACE_BEHIND' }));
  });
});
