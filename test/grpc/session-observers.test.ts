import { config } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { startEchoServer } from '../support/echo-server.js';
import { eventually } from '../support/eventually.js';
import { type Heard, listen, speaker } from '../support/live-session.js';
import { endWith } from '../support/scripted-server.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A sample is a millisecond. */
const RATE = 1000;
/** Of this length are the server's answers; replays begin on a grid of four of them. */
const ANSWER_MS = 600;
/** A session's steps, and what else it reports, in the order in which a {@link life} brings them. */
const STEPS = [
  'connecting',
  'diagnostic',
  'open',
  'gap',
  'result',
  'statistics',
  'reconnecting',
  'replayed',
  'rotated',
  'unused',
  'draining',
  'drained',
  'budget',
  'closed',
] as const;
type Step = (typeof STEPS)[number];

const nameOf = (event: StreamEvent) => (event.type === 'session' ? event.state : event.type) as Step;
const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};

interface Actor {
  readonly heard: Heard;
  readonly abort: AbortController;
  readonly speak: (ms: number) => void;
  readonly endAudio: () => void;
}

/** A session that goes through every step there is; `act` is called amid the first report of one, or of each. */
async function life(act: (actor: Actor, step: Step) => void, step?: Step) {
  const server = await startEchoServer({
    utterance: ANSWER_MS,
    onAudio: ({ number, received, call }) => {
      if (number === 0 && received === 1000) endWith(call, { code: 14, details: 'restarting' });
    },
  });
  cleanups.push(server.stop);
  const abort = new AbortController();
  const { audio$, speak: say, jump } = speaker(RATE);
  let spokenMs = 0;
  const speak = (ms: number) => {
    for (let saidMs = 0; saidMs < ms && audio$.observed; saidMs += 100) {
      spokenMs += 100;
      say(100);
    }
  };
  const seen = new Set<Step>();
  const endAudio = () => audio$.complete();
  const heard = listen(
    audio$,
    {
      ...server.connection,
      // Not taken for loopback, so that a diagnostic says so.
      endpoint: `http://[::ffff:127.0.0.1]:${server.port}`,
      allowInsecure: true,
      signal: abort.signal,
      maxStreamDurationMs: 1000,
      budget: { maxAudioMs: 10_000 },
      reconnect: { initialDelayMs: 1, maxDelayMs: 2 },
      statisticsIntervalMs: 100,
      drainTimeoutMs: 5000,
    },
    (event, it) => {
      const name = nameOf(event);
      const isFirst = !seen.has(name);
      seen.add(name);
      if (isFirst && (step === undefined || name === step)) act({ heard: it, abort, speak, endAudio }, name);
    },
  );
  const isOver = () => heard.ending !== undefined || !audio$.observed;
  const statistics = () => heard.events.some(({ type }) => type === 'statistics');
  speak(ANSWER_MS);
  jump(ANSWER_MS);
  // The failure, a replay, and some calls that grow too old; the statistics come when they come.
  for (let i = 0; i < 30 && !isOver(); i += 1) {
    speak(100);
    const before = heard.events.length;
    await eventually(() => isOver() || heard.events.length > before || server.calls.at(-1)?.received !== 0).toBe(true);
    await turns(10);
  }
  await eventually(() => isOver() || statistics()).toBe(true);
  // Until the budget is used up; or until a call was made in advance, which the audio's end leaves unused.
  const isInAdvance = () => step === 'unused' && /^(connecting|open)/.test(heard.states().at(-1) ?? '');
  while (!isOver() && !isInAdvance()) {
    speak(100);
    await turns(10);
  }
  endAudio();
  return { heard, calls: server.calls, spokenMs: () => spokenMs, isOver: () => heard.ending !== undefined };
}

/** Audio that was answered, in milliseconds; each once. */
function answeredMs({ predictions }: Heard): number {
  const ranges = predictions.map(({ startMs, endMs }) => [startMs, endMs] as const).sort((a, b) => a[0] - b[0]);
  let [reachedMs, sumMs] = [0, 0];
  for (const [startMs, endMs] of ranges) {
    sumMs += Math.max(0, endMs - Math.max(startMs, reachedMs));
    reachedMs = Math.max(reachedMs, endMs);
  }
  return sumMs;
}

const writtenMs = ({ events }: Heard) => events.findLast((event) => event.type === 'statistics')?.sentMs;
/** Everything but what the budget had no room for was answered. */
function expectWhole(heard: Heard, spokenMs: number): void {
  expect(heard.ending).toBe('complete');
  expect(heard.states().at(-1)).toMatch(/^closed/);
  const sentMs = writtenMs(heard);
  const forfeitedMs = heard.gaps().reduce((sum, gap) => (gap.reason === 'budget' ? sum + gap.endMs - gap.startMs : sum), 0);
  if (heard.spent().length === 0) expect(sentMs).toBe(spokenMs);
  expect(answeredMs(heard) + forfeitedMs).toBeCloseTo(sentMs ?? Number.NaN, 6);
  expect(new Set(heard.predictions.map(({ key }) => key)).size).toBe(heard.predictions.length);
}

describe('an events observer', () => {
  it('hears every step there is', async () => {
    const seen = new Set<Step>();
    const { heard, isOver, spokenMs } = await life((_, step) => seen.add(step));
    await eventually(isOver).toBe(true);
    expect([...seen].sort()).toEqual([...STEPS].sort());
    expectWhole(heard, spokenMs());
  });

  it('changes nothing by throwing in each of them, and is told so by a warning', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    cleanups.push(() => process.off('warning', warned));
    const { heard, isOver, spokenMs } = await life((_, step) => {
      throw new Error(`no ${step}, please`);
    });
    await eventually(isOver).toBe(true);
    expectWhole(heard, spokenMs());
    for (const step of STEPS) {
      expect(warnings).toContainEqual(
        expect.objectContaining({ code: 'EVENTS_OBSERVER_THREW', message: expect.stringContaining(`no ${step}, please`) }),
      );
    }
  });

  it.each(STEPS)('hears nothing more when it unsubscribes: %s', async (step) => {
    const { heard, calls } = await life(({ heard: it }) => it.unsubscribe(), step);
    await turns(20);
    expect(heard.ending).toBeUndefined();
    expect(heard.states().filter((state) => state.startsWith('closed'))).toHaveLength(1);
    expect(nameOf(heard.events.at(-1)!)).toBe('closed');
    for (const { call } of calls) await eventually(() => call.cancelled || call.writableEnded).toBe(true);
  });

  it.each(STEPS)('hears nothing more but the error when it aborts: %s', async (step) => {
    const { heard, isOver } = await life(({ abort }) => abort.abort(), step);
    await eventually(isOver).toBe(true);
    if (step === 'closed') expect(heard.ending).toBe('complete');
    else expect(heard.ending).toMatchObject({ error: { code: 'ABORTED' } });
    expect(nameOf(heard.events.at(-1)!)).toBe('closed');
  });

  it.each(STEPS)('has every result of what was said when it ends the audio: %s', async (step) => {
    const { heard, isOver, spokenMs } = await life(({ endAudio }) => endAudio(), step);
    await eventually(isOver).toBe(true);
    expectWhole(heard, spokenMs());
  });

  it.each(STEPS)('has what it says itself sent in its turn: %s', async (step) => {
    const { heard, calls, isOver, spokenMs } = await life(({ speak }) => speak(ANSWER_MS), step);
    await eventually(isOver).toBe(true);
    expectWhole(heard, spokenMs());
    // Each call heard its audio in the order in which it was said.
    for (const { messages } of calls) {
      const samples = messages.flatMap((message) => [...message]);
      expect(samples).toEqual([...new Set(samples)].sort((a, b) => a - b));
    }
  });
});

describe('an observer of predictions', () => {
  it('changes nothing by throwing at each of them', async () => {
    const server = await startEchoServer({ utterance: ANSWER_MS });
    cleanups.push(server.stop);
    const thrown: unknown[] = [];
    config.onUnhandledError = (error) => thrown.push(error);
    cleanups.push(() => {
      config.onUnhandledError = null;
    });
    const { audio$, speak } = speaker(RATE);
    let isOver = false;
    audio$.pipe(behavioralSignals(server.connection)).subscribe({
      next: ({ startMs }) => {
        throw new Error(`no ${startMs}`);
      },
      complete: () => {
        isOver = true;
      },
    });
    speak(1800);
    audio$.complete();
    await eventually(() => isOver).toBe(true);
    await eventually(() => thrown.map(String)).toEqual(['Error: no 0', 'Error: no 600', 'Error: no 1200']);
  });

  it.each(['unsubscribe', 'end the audio', 'say more'] as const)('may %s amid several of one message', async (what) => {
    const server = await startEchoServer({
      utterance: ANSWER_MS,
      onAudio: ({ received, call }) => {
        if (received !== ANSWER_MS) return;
        const row = (id: string) => ({
          id,
          startTime: '0',
          endTime: '0.1',
          task: 'gender',
          level: 'segment' as const,
          finalLabel: 'male',
        });
        call.write({ pid: 1, result: ['a', 'b', 'c'].map(row) });
      },
    });
    cleanups.push(server.stop);
    const { audio$, speak } = speaker(RATE);
    const ids: string[] = [];
    let isOver = false;
    const subscription = audio$.pipe(behavioralSignals(server.connection)).subscribe({
      next: ({ id, level }) => {
        ids.push(`${level} ${id}`);
        if (id !== 'a') return;
        if (what === 'unsubscribe') subscription.unsubscribe();
        else if (what === 'end the audio') audio$.complete();
        else speak(ANSWER_MS);
      },
      complete: () => {
        isOver = true;
      },
    });
    speak(ANSWER_MS);
    await eventually(() => ids).toContain('segment a');
    audio$.complete();
    if (what === 'unsubscribe') {
      await turns(20);
      expect(ids).toEqual(['utterance 0', 'segment a']);
    } else {
      await eventually(() => isOver).toBe(true);
      expect(ids.filter((id) => id.startsWith('segment'))).toEqual(['segment a', 'segment b', 'segment c']);
      expect(ids.filter((id) => id.startsWith('utterance'))).toHaveLength(what === 'say more' ? 2 : 1);
    }
  });
});
