import type { InferenceResult__Output } from '../../grpc/proto/types/behavioral_api/grpc/v1/InferenceResult.js';
import type { StreamResult, StreamResult__Output } from '../../grpc/proto/types/behavioral_api/grpc/v1/StreamResult.js';
import { readStreamResult, writeStreamResult } from '../wire/audio-messages.js';
import { frameOf } from '../wire/grpc-frames.js';
import type { AlteredResultFault, Fault, HalfAnswerFault, OversizeResultFault } from './fault.js';

/** A fault that needs a message of results to happen to. */
export type ResultFault = HalfAnswerFault | AlteredResultFault | OversizeResultFault;

/** What comes in a message's stead. */
export interface AlteredAnswer {
  /** To be sent as they are. */
  readonly bytes: readonly Buffer[];
  /** Whether the call breaks off then. */
  readonly breaksOff: boolean;
}

const OVERSIZE_BYTES = 17 * 1024 * 1024;
const RESULT_FAULTS: readonly string[] = [
  'missing-utterance',
  'cut-result',
  'cut-message',
  'wrong-id',
  'wrong-pid',
  'unknown-task',
  'unknown-label',
  'repeated-result',
  'garbled-result',
  'oversize-result',
] satisfies ResultFault['kind'][];

/** Whether a fault waits for a message of results. */
export function isResultFault(fault: Fault): fault is ResultFault {
  return RESULT_FAULTS.includes(fault.kind);
}

/** Does to a message what a fault says; undefined when it is none that this can happen to. */
export function alterResult(fault: ResultFault, message: Buffer): AlteredAnswer | undefined {
  const result = readStreamResult(message);
  const [first] = result?.result ?? [];
  if (!result || !first) return undefined;
  const goesOn = (...messages: StreamResult[]) => ({ bytes: messages.map(framed), breaksOff: false });
  const withFirst = (changed: Partial<InferenceResult__Output>) =>
    goesOn({ ...result, result: [{ ...first, ...changed }, ...result.result.slice(1)] });
  switch (fault.kind) {
    case 'missing-utterance':
      return withoutUtterance(result);
    case 'cut-result':
      if (result.result.length < 2) return undefined;
      return { bytes: [framed({ ...result, result: result.result.slice(0, result.result.length >> 1) })], breaksOff: true };
    case 'cut-message': {
      const whole = frameOf(message);
      return { bytes: [whole.subarray(0, whole.length >> 1)], breaksOff: true };
    }
    case 'wrong-id':
      return goesOn({ ...result, result: result.result.map((row) => ({ ...row, id: 'no-such-utterance' })) });
    case 'wrong-pid':
      return goesOn({ ...result, pid: '9007199254740993' });
    case 'unknown-task': {
      const prediction = [{ label: 'spellbinding', posterior: '0.75' }];
      return goesOn({
        ...result,
        result: [...result.result, { ...first, task: 'charisma', prediction, finalLabel: 'spellbinding' }],
      });
    }
    case 'unknown-label':
      return withFirst({
        prediction: [{ label: 'unheard of', posterior: '0.9' }, ...first.prediction],
        finalLabel: 'unheard of',
      });
    case 'repeated-result':
      return goesOn(result, result);
    case 'garbled-result':
      return { bytes: [frameOf(Buffer.alloc(Math.max(16, message.length), 0xff))], breaksOff: false };
    case 'oversize-result':
      return withFirst({ embedding: `[${'0,'.repeat((fault.bytes ?? OVERSIZE_BYTES) >> 1)}0]` });
  }
}

/** The segments of a message that answers for an utterance; undefined for one that doesn't. */
function withoutUtterance(result: StreamResult__Output): AlteredAnswer | undefined {
  const segments = result.result.filter(({ level }) => level !== 'utterance');
  if (segments.length === result.result.length) return undefined;
  return { bytes: segments.length > 0 ? [framed({ ...result, result: segments })] : [], breaksOff: true };
}

function framed(result: StreamResult): Buffer {
  return frameOf(writeStreamResult(result));
}
