import { NEVER, type Observable } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { AudioChunk, Pcm, Prediction, UtterancePrediction } from '../../src/index.js';
import { behavioralSignals, chunk, gateSilence, onlyUtterances, resample } from '../../src/index.js';
import { type CallTag, call, type NamedCallLeg, type RtpBinding } from '../../src/telephony/index.js';

const options = { cid: 1, apiKey: 'x', endpoint: 'http://127.0.0.1:1' };
const decoded$: Observable<AudioChunk<Pcm<'float32'>>> = NEVER;
const pcm$: Observable<AudioChunk<Pcm<'s16le', 1>>> = NEVER;

/** Never run: what matters is that `tsc` accepts or refuses each call. */
function compositions(rtp: RtpBinding) {
  const two$ = call({
    callId: 'c',
    legs: { customer: { source: decoded$, analyze: behavioralSignals(options) }, agent: { source: pcm$ } },
  });
  // A leg without analysis gives no prediction.
  expectTypeOf(two$).toEqualTypeOf<Observable<Prediction & CallTag<'customer'>>>();

  const both$ = call({
    callId: 'c',
    source: decoded$,
    legs: {
      customer: { channel: 0, analyze: (pcm) => pcm.pipe(gateSilence(), chunk(250), behavioralSignals(options)) },
      expert: { channel: 1, analyze: (pcm) => pcm.pipe(behavioralSignals(options), onlyUtterances()) },
    },
  });
  both$.subscribe((prediction) => {
    expectTypeOf(prediction.leg).toEqualTypeOf<'customer' | 'expert'>();
    if (prediction.leg === 'expert') expectTypeOf(prediction.level).toEqualTypeOf<'utterance'>();
    expectTypeOf(prediction.tasks.emotion?.label).extract<'happy'>().toEqualTypeOf<'happy'>();
  });

  call({ callId: 'c', legs: { customer: { source: rtp.source, analyze: behavioralSignals(options) } } });

  const legs$: Observable<NamedCallLeg<'customer' | 'expert'> & { analyze: ReturnType<typeof behavioralSignals> }> = NEVER;
  expectTypeOf(call({ callId: 'c', legs: legs$ })).toEqualTypeOf<Observable<Prediction & CallTag<'customer' | 'expert'>>>();

  // @ts-expect-error a leg needs a source
  call({ callId: 'c', legs: { customer: { analyze: behavioralSignals(options) } } });
  // @ts-expect-error with one source, each leg needs a channel
  call({ callId: 'c', source: decoded$, legs: { customer: { source: decoded$ } } });
  // @ts-expect-error sessions take 16-bit audio: call() converts it before the analysis
  call({ callId: 'c', legs: { customer: { source: decoded$, analyze: resample(16_000) } } });
  // @ts-expect-error every call has a name
  call({ legs: { customer: { source: decoded$ } } });
}

describe('the types of a call', () => {
  it('name its legs, and know what each analysis gives', () => {
    expectTypeOf<UtterancePrediction & CallTag<'a'>>().toHaveProperty('leg').toEqualTypeOf<'a'>();
    expect(compositions).toBeTypeOf('function');
  });
});
