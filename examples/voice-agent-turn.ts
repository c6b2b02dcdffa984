// Puts how the caller sounds into a voice agent's turn.
//
// A voice agent has a stream of the caller's frames, something that tells when a turn is over, and a language model that answers it. This
// adds what the words don't say: the session listens to the same frames, and when a turn ends, forTurn() gives its emotion within a
// deadline, or what is known of it by then. A recording plays the caller. Without credentials in the environment the local service
// answers; it measures strength and speaking rate, and rarely claims an emotion. Read docs/responsible-use.md first.
//
//   npm run build && npx tsx examples/voice-agent-turn.ts [recording] [channel] [speed] [patience in ms]
import { fileURLToPath } from 'node:url';
import {
  type AudioFrame,
  behavioralSignals,
  channel,
  chunk,
  decode,
  forTurn,
  fromFile,
  fromFrames,
  type Prediction,
  pace,
  type StreamingOptions,
  toPcm16le,
  toReadable,
} from 'behavioral-signals-rx';
import { startLocalService } from 'behavioral-signals-rx/service';
import { firstValueFrom, shareReplay } from 'rxjs';

/** One turn of the caller, in milliseconds of the audio that was heard. */
interface Turn {
  startMs: number;
  endMs: number;
}

/** Listens to the caller, and says at each turn's end, after `patienceMs` at the latest, what the model should know. */
async function listen(
  caller: AsyncIterable<AudioFrame>,
  connection: StreamingOptions,
  patienceMs: number,
  onTurn: (turn: Turn, note: string) => void,
): Promise<void> {
  const answers: Promise<void>[] = [];
  const answer = async (turn: Turn) => {
    const voice = await firstValueFrom(predictions$.pipe(forTurn(turn.startMs, turn.endMs, { waitMs: patienceMs })), {
      defaultValue: undefined,
    });
    onTurn(turn, noteFor(voice));
  };
  // The turn detector hears the frames that the session gets, so that both count time alike.
  const heard = detectTurns(caller, (turn) => answers.push(answer(turn)));
  // Live: a caller doesn't wait while the service does.
  const predictions$ = fromFrames(heard, { label: 'caller', live: true }).pipe(
    toPcm16le(),
    chunk(100),
    behavioralSignals(connection),
    // One session for all turns, which see what came shortly before their end.
    shareReplay({ bufferSize: 50, refCount: true }),
  );
  await new Promise<void>((resolve, reject) => predictions$.subscribe({ complete: resolve, error: reject }));
  await Promise.all(answers);
}

/** What goes to the model beside the transcript. Says that it is an impression: emotions are perceived, not known. */
function noteFor(voice: Prediction | undefined): string {
  if (!voice) return "Nothing is known yet of the caller's voice.";
  const { emotion, positivity, strength, speaking_rate } = voice.tasks;
  const answers = Object.entries({ emotion, positivity, strength, 'speaking rate': speaking_rate });
  const known = answers.flatMap(([task, answer]) => (answer?.label ? `${task} ${answer.label}` : []));
  return `The caller's voice, as perceived: ${known.join(', ')} (${voice.level === 'utterance' ? 'whole turn' : 'latest two seconds'}).`;
}

/**
 * Passes frames on, and tells when a turn is over: after 600 ms of quiet. It stands for the turn detection that an agent has already;
 * what matters is that its times count the samples that the session gets.
 */
async function* detectTurns(frames: AsyncIterable<AudioFrame>, onTurn: (turn: Turn) => void): AsyncGenerator<AudioFrame> {
  let heardMs = 0;
  let turn: Turn | undefined;
  for await (const frame of frames) {
    const { data, sampleRate = 8000, channels = 1 } = frame;
    let energy = 0;
    for (const sample of data) energy += (sample / 32_768) ** 2;
    const isLoud = 10 * Math.log10(energy / data.length) > -45;
    const startMs = heardMs;
    heardMs += (data.length / channels / sampleRate) * 1000;
    if (isLoud) turn = { startMs: turn?.startMs ?? startMs, endMs: heardMs };
    // The session gets the frame first: the turn's end is no reason to keep it waiting.
    yield frame;
    if (turn && heardMs - turn.endMs >= 600) {
      // A click or a breath is no turn.
      if (turn.endMs - turn.startMs >= 300) onTurn(turn);
      turn = undefined;
    }
  }
  if (turn) onTurn(turn);
}

/** One side of a recording as frames of 20 ms at the pace of speech; it stands for LiveKit's `new AudioStream(track)` and the like. */
async function* playCaller(file: string, index: number, speed: number): AsyncGenerator<AudioFrame> {
  const audio$ = fromFile(file).pipe(decode(), channel(index), toPcm16le(), chunk(20), pace({ speed }));
  for await (const { data, format } of toReadable(audio$, { objectMode: true, highWaterMark: 1 })) {
    yield { data: new Int16Array(new Uint8Array(data).buffer), sampleRate: format.sampleRate, channels: 1 };
  }
}

const sample = fileURLToPath(new URL('audio/two-party-call.wav', import.meta.url));
const [file = sample, side = '1', speed = '1', patience = '400'] = process.argv.slice(2);
const service = process.env.BEHAVIORALSIGNALS_CID ? undefined : await startLocalService();
try {
  const caller = playCaller(file, Number(side), Number(speed));
  await listen(caller, service?.connection ?? {}, Number(patience), ({ startMs, endMs }, note) => {
    const seconds = (ms: number) => (ms / 1000).toFixed(1);
    console.log(`[${seconds(startMs)} s to ${seconds(endMs)} s] ${note}`);
  });
} finally {
  await service?.close();
}
