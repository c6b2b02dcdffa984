import { isDeepStrictEqual } from 'node:util';
import { streamingService } from '../../../src/grpc/package-definition.js';
import type { StreamResult } from '../../../src/grpc/proto/types/behavioral_api/grpc/v1/StreamResult.js';
import {
  type Prediction,
  PredictionAssembler,
  parseStreamResult,
  printStreamResult,
  type StreamResultMessage,
  toResultJson,
} from '../../../src/predictions/index.js';
import { writeStreamResult } from '../../../src/testing/wire/audio-messages.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { hostileMessage, hostileWireMessage } from './hostile-messages.js';

/** What became of hostile messages. */
export interface ParserFuzzReport {
  readonly messages: number;
  /** Bytes that are no message of the protocol, and were refused as such. */
  readonly refused: number;
  readonly predictions: number;
  readonly elapsedMs: number;
  /** In words, what must not happen; the first ones. */
  readonly problems: readonly string[];
}

const MAX_PROBLEMS = 10;

/** Gives the parser messages in which anything can be anything, and bytes that were messages once. */
export function fuzzParser(seed: number, messages: number): ParserFuzzReport {
  const random = new SeededRandom(seed);
  const problems: string[] = [];
  let [refused, count] = [0, 0];
  let assembler = new PredictionAssembler();
  const startedMs = performance.now();
  for (let i = 0; i < messages && problems.length < MAX_PROBLEMS; i += 1) {
    if (i % 500 === 0) assembler = new PredictionAssembler({ maxKeys: 16 });
    let message: StreamResultMessage | undefined;
    try {
      message = random.next() < 0.5 ? hostileMessage(random) : fromWire(random);
      if (!message) {
        refused += 1;
        continue;
      }
      const predictions = assembler.assemble(message, {
        epoch: random.below(3),
        engine: 'remote',
        locate: (start, end) => ({ startMs: 5000 + start * 1000, endMs: 5000 + end * 1000 }),
      });
      count += predictions.length;
      for (const prediction of predictions) problems.push(...complaints(prediction).map((text) => `message ${i}: ${text}`));
      problems.push(...roundTrip(message).map((text) => `message ${i}: ${text}`));
    } catch (error) {
      problems.push(`message ${i}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    if (({} as { polluted?: unknown }).polluted !== undefined) problems.push(`message ${i} changed all objects`);
  }
  return {
    messages,
    refused,
    predictions: count,
    elapsedMs: performance.now() - startedMs,
    problems: problems.slice(0, MAX_PROBLEMS),
  };
}

/** A message off the wire, with some bytes changed, cut or doubled; undefined when protobuf refuses it. */
function fromWire(random: SeededRandom): StreamResultMessage | undefined {
  const bytes = Buffer.from(writeStreamResult(hostileWireMessage(random) as StreamResult));
  const changes = random.next() < 0.3 ? 0 : 1 + random.below(6);
  for (let i = 0; i < changes && bytes.length > 0; i += 1) bytes[random.below(bytes.length)] = random.below(256);
  const from = random.next() < 0.1 ? random.below(bytes.length + 1) : 0;
  const part = random.next() < 0.2 ? bytes.subarray(from, from + random.below(bytes.length + 1)) : bytes;
  try {
    return streamingService.StreamAudio.responseDeserialize(part);
  } catch {
    return undefined;
  }
}

/** What is wrong with a prediction, whatever it was made from. */
export function complaints(prediction: Prediction): string[] {
  const { key, level, id, pid, messageId, revision, startMs, endMs, tasks, startTime = 0, endTime = 0 } = prediction;
  const numbers = { messageId, revision, startMs, endMs, startTime, endTime };
  const problems = Object.entries(numbers).flatMap(([name, value]) =>
    Number.isFinite(value) ? [] : [`${name} is ${value} (${key})`],
  );
  if (level !== 'segment' && level !== 'utterance') problems.push(`level is ${String(level)}`);
  for (const value of [key, id, pid]) if (typeof value !== 'string') problems.push(`a name is ${typeof value} (${key})`);
  if (Object.getPrototypeOf(tasks) !== Object.prototype) problems.push(`tasks are no plain object (${key})`);
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(prediction)), prediction)) problems.push(`does not survive JSON (${key})`);
  return problems;
}

/** What was parsed prints to what is parsed the same. */
function roundTrip(message: StreamResultMessage): string[] {
  const once = parseStreamResult(toResultJson(message));
  const again = parseStreamResult(JSON.parse(JSON.stringify(printStreamResult(once))));
  return isDeepStrictEqual(again, once) ? [] : ['what is printed is not parsed the same'];
}
