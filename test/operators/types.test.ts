import { map, type Observable } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type AudioChunk,
  behavioralSignals,
  channel,
  chunk,
  decode,
  fromReadable,
  type Pcm,
  type Prediction,
  resample,
  splitChannels,
  toPcm16le,
} from '../../src/index.js';

const bytes$ = fromReadable(() => [Buffer.alloc(0)]);
const options = { cid: 1, apiKey: 'x', endpoint: 'http://127.0.0.1:1' };

/** Never run: what matters is that `tsc` accepts or refuses each pipe. */
function compositions() {
  expectTypeOf(bytes$.pipe(decode(), resample(16_000), toPcm16le(), chunk(250), behavioralSignals(options))).toEqualTypeOf<
    Observable<Prediction>
  >();
  expectTypeOf(bytes$.pipe(decode(), channel(0), toPcm16le())).toEqualTypeOf<Observable<AudioChunk<Pcm<'s16le', 1>>>>();
  expectTypeOf(bytes$.pipe(decode(), channel(1), resample(16_000))).toEqualTypeOf<Observable<AudioChunk<Pcm<'float32', 1>>>>();
  bytes$.pipe(
    decode(),
    splitChannels(),
    map(({ audio$ }) => audio$.pipe(toPcm16le())),
  );

  // @ts-expect-error bytes are no audio yet
  bytes$.pipe(behavioralSignals(options));
  // @ts-expect-error the service takes 16-bit samples
  bytes$.pipe(decode(), behavioralSignals(options));
  // @ts-expect-error filters work on float samples
  bytes$.pipe(decode(), toPcm16le(), resample(16_000));
  // @ts-expect-error audio is decoded once
  bytes$.pipe(decode(), decode());
  // @ts-expect-error no such level
  behavioralSignals({ ...options, level: 'word' });
}

describe('the types', () => {
  it('narrow predictions by level and tasks by label', () => {
    const label = (prediction: Prediction) => {
      if (prediction.level === 'utterance') expectTypeOf(prediction.level).toEqualTypeOf<'utterance'>();
      return prediction.tasks.emotion?.label;
    };
    expectTypeOf(label).returns.extract<'neutral'>().toEqualTypeOf<'neutral'>();
    expect(compositions).toBeTypeOf('function');
  });

  it('are checked again at run time, because a pipe of ten operators is Observable<unknown>', async () => {
    const same = map(<T>(value: T) => value);
    const wrong$ = bytes$.pipe(same, same, same, same, same, same, same, same, same, same as never) as Observable<never>;
    expectTypeOf(wrong$).not.toBeAny();
    for (const operator of [resample(16_000), toPcm16le(), chunk(100), behavioralSignals(options)]) {
      const error = await new Promise((resolve) => {
        fromReadable(() => [Buffer.alloc(10)])
          .pipe(operator as never)
          .subscribe({ error: resolve });
      });
      expect(error).toMatchObject({ code: 'FORMAT_MISMATCH' });
    }
  });
});
