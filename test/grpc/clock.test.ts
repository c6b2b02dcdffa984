import { afterEach, describe, expect, it, vi } from 'vitest';
import { startEchoServer } from '../support/echo-server.js';
import { eventually } from '../support/eventually.js';
import { listen, speaker } from '../support/live-session.js';
import { endWith, genderRow } from '../support/scripted-server.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A sample is a millisecond. */
const RATE = 1000;
/** Sums of times since 1970 and of fractions of milliseconds are off by less than this; the system's clock has whole ones. */
const ROUNDING_MS = 1.1;

/** Sets the clock that tells the time of day; the one that only goes forward can't be set. */
function setClock(byMs: number) {
  const now = Date.now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => now() + byMs);
}

/** Live audio, spoken 500 ms at a time, and captured as it is spoken. */
async function liveCall() {
  const server = await startEchoServer({ ends: false });
  cleanups.push(server.stop);
  const { audio$, speak } = speaker(RATE);
  const heard = listen(audio$, { ...server.connection, reconnect: { initialDelayMs: 1, maxDelayMs: 2 } });
  let spokenMs = 0;
  /** When it was captured, on both clocks. */
  const say = async () => {
    const before = performance.now();
    const wallMs = Date.now();
    // As if each chunk ended when it is spoken, 100 ms after the one before.
    for (let chunk = 0; chunk < 5; chunk += 1) speak(100, { capturedAtMs: wallMs - 400 + chunk * 100 });
    spokenMs += 500;
    const after = performance.now();
    await eventually(() => server.calls.at(-1)?.received).toBe(spokenMs);
    return { wallMs, before, after };
  };
  /** The answer for a stretch of what the last call has heard. */
  const answer = async (startMs: number, endMs: number) => {
    const before = performance.now();
    const row = genderRow('utterance', `${startMs}`, `${startMs / 1000}`, `${endMs / 1000}`);
    const count = heard.predictions.length;
    server.calls.at(-1)!.call.write({ pid: 1, result: [row] });
    await eventually(() => heard.predictions.length).toBe(count + 1);
    return { prediction: heard.predictions.at(-1)!, before, after: performance.now() };
  };
  return { server, heard, say, answer };
}

type Said = Awaited<ReturnType<Awaited<ReturnType<typeof liveCall>>['say']>>;
type Answered = Awaited<ReturnType<Awaited<ReturnType<typeof liveCall>>['answer']>>;

/** The latency is the time that passed from the capture to the answer, by the clock that only goes forward. */
function expectTrueLatency({ prediction, before, after }: Answered, said: Said) {
  expect(prediction.latencyMs).toBeGreaterThanOrEqual(Math.max(0, before - said.after - ROUNDING_MS));
  expect(prediction.latencyMs).toBeLessThanOrEqual(after - said.before + ROUNDING_MS);
}

describe('live audio while the clock is set', () => {
  it.each([
    ['back by an hour', -3_600_000],
    ['forward by a day', 86_400_000],
    ['back by a second', -1000],
  ])('%s has the times of capture that the clock told then, and latencies that it does not touch', async (_, byMs) => {
    const { say, answer } = await liveCall();
    const first = await say();
    setClock(byMs);
    const second = await say();
    expect(Math.abs(second.wallMs - first.wallMs - byMs)).toBeLessThan(60_000);

    const old = await answer(0, 500);
    expect(old.prediction).toMatchObject({ startMs: 0, endMs: 500 });
    expect(old.prediction.wallMs).toBeCloseTo(first.wallMs - 500, 3);
    expectTrueLatency(old, first);

    const recent = await answer(500, 1000);
    expect(recent.prediction.wallMs).toBeCloseTo(second.wallMs - 500, 3);
    expectTrueLatency(recent, second);

    const both = await answer(250, 1000);
    expect(both.prediction.wallMs).toBeCloseTo(first.wallMs - 250, 3);
    expectTrueLatency(both, second);
  });

  it('has the same from a replay, counted from when it was captured, not from when it was sent again', async () => {
    const { server, heard, say, answer } = await liveCall();
    const first = await say();
    setClock(-3_600_000);
    endWith(server.calls[0]!.call, { code: 14, details: 'restarting' });
    await eventually(() => server.calls[1]?.received).toBe(500);
    const second = await say();
    const old = await answer(0, 500);
    expect(old.prediction).toMatchObject({ epoch: 1, startMs: 0, endMs: 500 });
    expect(old.prediction.wallMs).toBeCloseTo(first.wallMs - 500, 3);
    expectTrueLatency(old, first);
    expectTrueLatency(await answer(500, 1000), second);
    heard.unsubscribe();
    const statistics = heard.events.findLast((event) => event.type === 'statistics')!;
    expect(statistics.latency.utterance?.maxMs).toBe(Math.max(...heard.predictions.map(({ latencyMs }) => latencyMs!)));
  });
});
