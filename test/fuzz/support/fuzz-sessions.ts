import { isBehavioralSignalsError, type Prediction } from '../../../src/index.js';
import { leakedSince, openResources } from '../../chaos/support/open-resources.js';
import { pieces, streamRecording } from '../../chaos/support/stream-recording.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { complaints } from './fuzz-parser.js';
import { startHostileServer } from './hostile-server.js';

/** What became of sessions with hostile servers. */
export interface SessionFuzzReport {
  readonly sessions: number;
  /** How they ended: `completed`, or the error's code. */
  readonly endings: Readonly<Record<string, number>>;
  readonly predictions: number;
  readonly elapsedMs: number;
  /** In words, what must not happen, each with the seed of its session. */
  readonly problems: readonly string[];
}

const SAMPLE_RATE = 8000;
/** Far above the sum of all deadlines that a session has. */
const HANG_MS = 30_000;
const AT_ONCE = 24;

/** Runs sessions of about a second of audio against servers that break rules. */
export async function fuzzSessions(
  seed: number,
  sessions: number,
  onProgress?: (done: number) => void,
): Promise<SessionFuzzReport> {
  const endings: Record<string, number> = {};
  const problems: string[] = [];
  let [predictions, begun, done] = [0, 0, 0];
  const before = openResources();
  const startedMs = performance.now();
  const watched = watchProcess(problems);
  const work = async () => {
    while (begun < sessions) {
      const number = seed * 1_000_000 + begun++;
      const { ending, complaints: said, count } = await oneSession(number);
      endings[ending] = (endings[ending] ?? 0) + 1;
      predictions += count;
      problems.push(...said.map((text) => `session ${number}: ${text}`));
      done += 1;
      if (done % 50 === 0) onProgress?.(done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  watched.stop();
  problems.push(...(await leakedSince(before)));
  return { sessions, endings, predictions, elapsedMs: performance.now() - startedMs, problems };
}

async function oneSession(seed: number): Promise<{ ending: string; complaints: string[]; count: number }> {
  const random = new SeededRandom(seed);
  const server = await startHostileServer(random);
  const audio = Int16Array.from({ length: SAMPLE_RATE * random.between(0.1, 2) }, () => random.between(-3000, 3000));
  const said: string[] = [];
  const reconnect = random.next() < 0.5 ? false : { initialDelayMs: 1, maxDelayMs: 5, maxAttempts: 1 + random.below(3) };
  let hanging: NodeJS.Timeout | undefined;
  const hung = new Promise<undefined>((resolve) => {
    hanging = setTimeout(() => resolve(undefined), HANG_MS);
  });
  const aborter = new AbortController();
  const session = streamRecording(
    { sampleRate: SAMPLE_RATE, bytes: () => pieces(audio, SAMPLE_RATE) },
    {
      endpoint: `http://127.0.0.1:${server.port}`,
      cid: 1,
      apiKey: 'test-token',
      reconnect,
      signal: aborter.signal,
      // Long enough for a busy machine, on which every session would only see its deadlines otherwise.
      connectTimeoutMs: 2500,
      stallTimeoutMs: 1000,
      drainTimeoutMs: 1000,
      ...(random.next() < 0.3 && { level: random.pick(['segment', 'utterance'] as const) }),
    },
  );
  const result = await Promise.race([session, hung]);
  clearTimeout(hanging);
  const deeds = [...new Set(server.deeds)].join(', ');
  if (!result) {
    said.push(`hangs after ${deeds}`);
    aborter.abort();
    await session;
  }
  await server.close();
  if (!result) return { ending: 'hung', complaints: said, count: 0 };
  const { error } = result;
  for (const prediction of result.predictions)
    said.push(...complaints(prediction as Prediction).map((text) => `${text} after ${deeds}`));
  if (error && !(isBehavioralSignalsError(error) && error.code)) said.push(`untyped error ${String(error)} after ${deeds}`);
  const text = String(error instanceof Error ? error.message : '');
  if (text.includes('test-token')) said.push(`the token is in the message of an error after ${deeds}`);
  return {
    ending: isBehavioralSignalsError(error) ? error.code : 'completed',
    complaints: said,
    count: result.predictions.length,
  };
}

/** Nothing may be thrown where nobody catches it. */
function watchProcess(problems: string[]) {
  const uncaught = (error: unknown) => void problems.push(`uncaught: ${error instanceof Error ? error.stack : String(error)}`);
  const warned = (warning: Error) => {
    if (/MaxListeners|leak/i.test(`${warning.name} ${warning.message}`)) problems.push(`warning: ${warning.message}`);
  };
  process.on('uncaughtException', uncaught);
  process.on('unhandledRejection', uncaught);
  process.on('warning', warned);
  return {
    stop: () => {
      process.off('uncaughtException', uncaught);
      process.off('unhandledRejection', uncaught);
      process.off('warning', warned);
    },
  };
}
