import { EMPTY, filter, from, lastValueFrom, map, mergeMap, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { mapAsync } from '../../src/operators/map-async.js';
import { type ChannelAudio, splitChannels } from '../../src/operators/split-channels.js';
import { type FloatChunk, floatChunk, pausableSource } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const source = { label: 'call.wav' };

/** Stereo: 1, 2, 3, … on the left, the negatives on the right, ten samples a chunk. */
const stereo = (count: number) =>
  Array.from({ length: count }, (_, n) => {
    const left = Float32Array.from({ length: 10 }, (_, i) => n * 10 + i + 1);
    return floatChunk([left, left.map((x) => -x)], 8000, n * 10, source, unboundedFlow);
  });

describe('splitChannels()', () => {
  it('gives each channel its own audio on the shared timeline', async () => {
    const input = stereo(3);
    const all = await lastValueFrom(
      from(input).pipe(
        splitChannels(),
        mergeMap(({ channel, audio$ }) => audio$.pipe(map((chunk) => ({ channel, chunk })))),
        toArray(),
      ),
    );
    for (const channel of [0, 1]) {
      const chunks = all.filter((item) => item.channel === channel).map((item) => item.chunk);
      expect(chunks.map(({ timing }) => timing)).toEqual(input.map(({ timing }) => timing));
      expect(chunks.every(({ format }) => format.channels === 1)).toBe(true);
      expect(chunks.flatMap(({ data }) => Array.from(data[0]!))).toEqual(input.flatMap(({ data }) => Array.from(data[channel]!)));
    }
  });

  it('refuses a channel that is subscribed too late, when its first audio would be gone', async () => {
    let kept: ChannelAudio | undefined;
    const seen = from(stereo(3)).pipe(
      splitChannels(),
      mergeMap((group) => {
        if (group.channel === 0) return group.audio$;
        kept = group;
        return EMPTY;
      }),
    );
    const error = { code: 'CHANNEL_NOT_SUBSCRIBED', message: expect.stringContaining('Channel 1 of "call.wav"') };
    await expect(lastValueFrom(seen)).rejects.toMatchObject(error);
    await expect(lastValueFrom(kept!.audio$)).rejects.toMatchObject({ code: 'CHANNEL_NOT_SUBSCRIBED' });
  });

  it('refuses a channel that is filtered out, and names channel(n)', async () => {
    const filtered = from(stereo(1)).pipe(
      splitChannels(),
      filter(({ channel }) => channel === 0),
      mergeMap(({ audio$ }) => audio$),
    );
    await expect(lastValueFrom(filtered)).rejects.toMatchObject({ message: expect.stringContaining('use channel(n) instead') });
  });

  it('goes on for a channel whose siblings nobody asked for', async () => {
    const { source$, probe } = pausableSource<FloatChunk>((i, flow, origin) =>
      i < 5 ? floatChunk([new Float32Array(10), new Float32Array(10)], 8000, i * 10, origin, flow) : undefined,
    );
    const first = source$.pipe(
      splitChannels(),
      take(1),
      mergeMap(({ audio$ }) => audio$),
      toArray(),
    );
    expect(await lastValueFrom(first)).toHaveLength(5);
    expect(probe).toMatchObject({ subscribed: 1, unsubscribed: 1 });
  });

  it('tells a channel that was subscribed that another was not', async () => {
    const { source$ } = pausableSource<FloatChunk>((i, flow, origin) =>
      floatChunk([new Float32Array(10), new Float32Array(10)], 8000, i * 10, origin, flow),
    );
    const error = await new Promise((resolve) => {
      source$.pipe(splitChannels()).subscribe({
        next: ({ channel, audio$ }) => {
          if (channel === 0) audio$.subscribe({ error: resolve });
        },
        error: () => {},
      });
    });
    expect(error).toMatchObject({ code: 'CHANNEL_NOT_SUBSCRIBED', message: expect.stringContaining('Channel 1') });
  });

  it('stops a source that emits without end as it is subscribed', async () => {
    let emitted = 0;
    function* endless() {
      for (const [chunk] = stereo(1); ; emitted += 1) yield chunk!;
    }
    await lastValueFrom(
      from(endless()).pipe(
        splitChannels(),
        mergeMap(({ audio$ }) => audio$),
        take(4),
      ),
    );
    expect(emitted).toBeLessThanOrEqual(3);
  });

  it('goes on for the other channel when one is unsubscribed, and stops the source when both are', async () => {
    const { source$, probe } = pausableSource<FloatChunk>((i, flow, origin) =>
      floatChunk([new Float32Array(10), new Float32Array(10)], 8000, i * 10, origin, flow),
    );
    const counts = [0, 0];
    await lastValueFrom(
      source$.pipe(
        splitChannels(),
        mergeMap(({ channel, audio$ }) =>
          audio$.pipe(
            take(channel === 0 ? 2 : 5),
            map(() => {
              counts[channel]! += 1;
            }),
          ),
        ),
        take(7),
      ),
    );
    expect(counts).toEqual([2, 5]);
    expect(probe.unsubscribed).toBe(1);
  });

  it('is paced by the slower channel', async () => {
    const { source$, probe } = pausableSource<FloatChunk>((i, flow, origin) =>
      i < 20 ? floatChunk([new Float32Array(10), new Float32Array(10)], 8000, i * 10, origin, flow) : undefined,
    );
    let slow = 0;
    await lastValueFrom(
      source$.pipe(
        splitChannels(),
        mergeMap(({ channel, audio$ }) =>
          channel === 0
            ? audio$
            : audio$.pipe(
                mapAsync(async (chunk) => {
                  await new Promise(setImmediate);
                  slow += 1;
                  // One chunk in work and the one that was on its way.
                  expect(probe.emitted - slow).toBeLessThanOrEqual(2);
                  return chunk;
                }),
              ),
        ),
      ),
    );
    expect(slow).toBe(20);
    expect(probe.holds).toBe(0);
  });

  it('passes an error on to every channel and to the groups', async () => {
    const { source$ } = pausableSource<FloatChunk>(
      (i, flow, origin) => (i < 1 ? floatChunk([new Float32Array(10)], 8000, 0, origin, flow) : undefined),
      new Error('cable pulled'),
    );
    const inner: unknown[] = [];
    const outer = lastValueFrom(
      source$.pipe(
        splitChannels(),
        map(({ audio$ }) => audio$.subscribe({ error: (error) => inner.push(error) })),
      ),
    );
    await expect(outer).rejects.toThrow('cable pulled');
    expect(inner).toMatchObject([{ message: 'cable pulled' }]);
  });

  it('refuses a change of the number of channels', async () => {
    const mono = floatChunk([new Float32Array(10)], 8000, 10, source, unboundedFlow);
    const changed = from([...stereo(1), mono]).pipe(
      splitChannels(),
      mergeMap(({ audio$ }) => audio$),
    );
    await expect(lastValueFrom(changed)).rejects.toMatchObject({ code: 'FORMAT_MISMATCH' });
  });
});
