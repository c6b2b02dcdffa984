import path from 'node:path';
import { parseArgs } from 'node:util';
import { lastValueFrom, toArray } from 'rxjs';
import { decode, fromFile } from '../src/index.js';
import { genderAnswers, rateAnswers } from './answers.js';
import { type Audio, CONDITIONS, prepareConditions } from './conditions.js';
import { GroundTruthError, type KnownRecording, readGroundTruth } from './ground-truth.js';
import { Observer } from './observe.js';
import { contentOf, type Heard, measuresOf, type Report } from './report.js';

const USAGE = `npm run evaluate -- FOLDER [--vad light|silero] [--json]

  FOLDER   recordings, and in ground_truth.json what is in them; evaluation/README.md describes its form
  --vad    the voice activity detector; silero where it is installed
  --json   prints the report as JSON`;

/** Longer or shorter than the truth says by more than this share, a recording is not the one that the truth is about. */
const DURATION_TOLERANCE = 0.02;

/** Runs the command; gives its exit code: 0 whether or not the targets are met, 2 when it could not evaluate. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { folder, vad, json } = readArguments(args);
    const report = await evaluate(folder, vad, (line) => process.stderr.write(line));
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : printed(report));
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
}

/**
 * Runs the engine over a folder of recordings whose truth is known.
 *
 * @param progress Is told what is under way, as text.
 * @throws GroundTruthError when the folder can't be evaluated, ServiceError ENGINE_UNAVAILABLE when Silero isn't installed.
 */
export async function evaluate(
  folder: string,
  vad: 'light' | 'silero',
  progress: (text: string) => void = () => {},
): Promise<Report> {
  const truth = await readGroundTruth(folder);
  if (truth.unknownFields.length > 0)
    progress(`Fields of ground_truth.json that mean nothing here: ${truth.unknownFields.join(', ')}\n`);
  const observer = await Observer.create(vad);
  await prepareConditions();
  const heard: Heard[] = [];
  const skipped: Report['skipped'] = [];
  const known = new Set<string>();
  for (const [index, recording] of truth.recordings.entries()) {
    progress(`[${index + 1}/${truth.recordings.length}] ${recording.file}\n`);
    const channels = await readChannels(path.join(folder, recording.file)).catch((error: Error) => error.message);
    const reason = typeof channels === 'string' ? channels : mismatch(recording, channels);
    if (typeof channels === 'string' || reason !== undefined) {
      progress(`  left out: ${reason}\n`);
      skipped.push({ file: recording.file, reason: reason! });
      continue;
    }
    const isNew = !known.has(contentOf(recording)) && !recording.noisy && recording.speech.some((spans) => spans.length > 0);
    known.add(contentOf(recording));
    for (const [channel, speech] of recording.speech.entries()) {
      heard.push(await hear(observer, recording, channel, channels[channel]!));
      if (!isNew || speech.length === 0) continue;
      for (const { name, apply } of CONDITIONS)
        heard.push(await hear(observer, recording, channel, apply(channels[channel]!, speech), name));
    }
  }
  observer.close();
  if (heard.length === 0)
    throw new GroundTruthError(`None of the recordings in ${folder} could be read: ${skipped[0]?.file}: ${skipped[0]?.reason}`);
  const recordings = truth.recordings.length - skipped.length;
  const minutes = heard
    .filter(({ condition }) => condition === undefined)
    .reduce((sum, { observation }) => sum + observation.seconds / 60, 0);
  return {
    material: `${path.basename(path.resolve(folder))} (${recordings} recordings, ${minutes.toFixed(1)} minutes of channels)`,
    vad: observer.vadName,
    engine: observer.engineName,
    measures: measuresOf(heard),
    skipped,
  };
}

async function hear(
  observer: Observer,
  recording: KnownRecording,
  channel: number,
  audio: Audio,
  condition?: string,
): Promise<Heard> {
  const observation = await observer.observe(audio);
  const truth = recording.utterances.filter((utterance) => utterance.channel === channel);
  return {
    recording,
    channel,
    ...(condition !== undefined && { condition }),
    observation,
    genders: genderAnswers(observation.utterances, truth),
    rates: rateAnswers(observation.utterances, truth),
  };
}

async function readChannels(file: string): Promise<Audio[]> {
  const chunks = await lastValueFrom(fromFile(file).pipe(decode(), toArray()));
  const format = chunks[0]?.format;
  if (!format) return [];
  return Array.from({ length: format.channels }, (_, channel) => {
    const parts = chunks.map(({ data }) => data[channel]!);
    const samples = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts)
      for (const sample of part) samples[at++] = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)));
    return { samples, sampleRate: format.sampleRate };
  });
}

function mismatch({ speech, durationSeconds }: KnownRecording, channels: readonly Audio[]): string | undefined {
  if (channels.length < speech.length) return `it has ${channels.length} channels, its truth ${speech.length}`;
  const seconds = channels[0]!.samples.length / channels[0]!.sampleRate;
  if (durationSeconds !== undefined && Math.abs(seconds - durationSeconds) > DURATION_TOLERANCE * durationSeconds) {
    return `it lasts ${seconds.toFixed(2)} s, its truth ${durationSeconds} s`;
  }
}

function printed({ material, vad, engine, measures, skipped }: Report): string {
  const width = Math.max(...measures.map(({ name }) => name.length));
  const lines = measures.map(({ name, text, target, pass }) => {
    const verdict = pass === undefined ? '' : `   target ${target}: ${pass ? 'pass' : 'FAIL'}`;
    return `${name.padEnd(width)}  ${text}${verdict}`;
  });
  const left = skipped.map(({ file, reason }) => `left out: ${file}: ${reason}`);
  return [`${material}, VAD ${vad}, engine ${engine}`, '', ...lines, ...(left.length > 0 ? ['', ...left] : []), ''].join('\n');
}

function readArguments(args: readonly string[]): { folder: string; vad: 'light' | 'silero'; json: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { vad: { type: 'string', default: 'silero' }, json: { type: 'boolean', default: false } },
    });
    if (positionals.length !== 1) throw new Error(positionals.length === 0 ? 'Which folder?' : 'One folder at a time.');
    if (values.vad !== 'light' && values.vad !== 'silero') throw new Error(`--vad must be light or silero, not ${values.vad}`);
    return { folder: positionals[0]!, vad: values.vad, json: values.json };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${USAGE}`);
  }
}
