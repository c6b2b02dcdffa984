import { ReadStream } from 'node:fs';
import path from 'node:path';
import { Duplex, Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { from, isObservable, Observable, takeWhile } from 'rxjs';
import { type ByteChunk, ByteGatherer, labelInput, offerWished, type SourceId } from '../audio/index.js';
import { expectOptions, type OptionNames, SourceError } from '../errors/index.js';
import { FlowGate, Stage } from '../flow/index.js';

/** Anything bytes of audio can be read from. */
export type AudioInput =
  | Readable
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>
  | ReadableStream<Uint8Array>
  | Observable<Uint8Array>
  | Uint8Array;

/** Options of {@link fromReadable}. */
export interface FromReadableOptions {
  /** A name for events and messages. Default: `audio`. */
  label?: string | undefined;
  /** Whether the stream is destroyed when it is no longer read. Default: true. */
  destroy?: boolean | undefined;
}

const consumed = new WeakSet<object>();

const NAMES: OptionNames<FromReadableOptions> = { label: true, destroy: true };

/**
 * Turns anything readable into an Observable of byte chunks that can be paused from further down the pipe.
 *
 * Give a factory, `() => createReadStream(…)`, to be able to subscribe more than once; an instance can be subscribed once. The
 * stream is paused while anything downstream holds. An `Observable` can't be paused: up to 16 MiB wait for a slower consumer, then
 * the subscription errors with `QUEUE_OVERFLOW`. Pieces may have to wait, so that their memory must not be used again by whoever gives them.
 *
 * @param input A Node Readable of bytes, a web ReadableStream, an (async) iterable or an Observable of Uint8Array, or one Uint8Array; or a
 * factory of one.
 * @returns Emits asynchronously, never on subscribe; completes at the input's end; unsubscribing destroys the input unless
 * `destroy: false`, and so does its end, but for a socket that can still be answered.
 * @throws (as error notification) SourceError `SOURCE_CONSUMED` on the second subscription of an instance, `SOURCE_UNUSABLE` for
 * ended, destroyed, object-mode and string streams and a factory that throws, `SOURCE_FAILED` with the stream's own error as `cause`.
 * @example
 * fromReadable(() => createReadStream('call.mp3')).pipe(decode())
 */
export function fromReadable(input: AudioInput | (() => AudioInput), options: FromReadableOptions = {}): Observable<ByteChunk> {
  expectOptions('fromReadable', options, NAMES);
  const { label = 'audio', destroy = true } = options;
  const bytes$ = labelInput(read(input, label, destroy), label);
  return offerWished(bytes$, ({ lacking }) => read(input, label, destroy, lacking));
}

function read(
  input: AudioInput | (() => AudioInput),
  label: string,
  destroy: boolean,
  lacking?: (source: SourceId) => number,
): Observable<ByteChunk> {
  return new Observable<ByteChunk>((subscriber) => {
    let source: SourceId;
    let instance: AudioInput;
    try {
      instance = typeof input === 'function' ? make(input, label) : input;
      claim(instance, label);
      source = identify(instance, label);
    } catch (error) {
      subscriber.error(error);
      return undefined;
    }

    if (isObservable(instance)) {
      const stage: Stage<Uint8Array, ByteChunk> = new Stage<Uint8Array, ByteChunk>({
        name: `fromReadable(${label})`,
        *process(data) {
          assertBytes(data, label);
          yield { data, source, flow: stage.flow };
        },
        emit: (chunk) => subscriber.next(chunk),
        complete: () => subscriber.complete(),
        error: (error) => subscriber.error(error),
        flowOf: () => undefined,
        // Optional at run time, whatever the types say: an Observable can emit anything.
        bytesOf: (data) => (data as Uint8Array | undefined)?.byteLength ?? 0,
        // A source must not emit while it is being subscribed to: what share() has not wired up yet would miss it.
        ready: Promise.resolve(),
      });
      const subscription = from(instance)
        .pipe(takeWhile(() => !subscriber.closed))
        .subscribe({
          next: (data) => {
            if (data?.byteLength !== 0) stage.push(data);
          },
          complete: () => stage.end(),
          error: (error) => stage.endWithError(error),
        });
      return () => {
        subscription.unsubscribe();
        stage.stop();
      };
    }

    const readable = toNodeReadable(instance);
    const gate = new FlowGate({ onHold: () => readable.pause(), onResume: () => readable.resume() });
    const emit = (data: Uint8Array) => subscriber.next({ data, source, flow: gate });
    const gatherer = lacking && new ByteGatherer({ lacking: () => lacking(source), emit });
    let done = false;
    const settle = (notify: () => void) => {
      if (done) return;
      done = true;
      gatherer?.flush();
      gate.end();
      notify();
    };
    const fail = (error: unknown) =>
      settle(() =>
        subscriber.error(
          error instanceof SourceError
            ? error
            : new SourceError(
                'SOURCE_FAILED',
                `${label}: reading failed: ${error instanceof Error ? error.message : String(error)}`,
                {
                  cause: error,
                },
              ),
        ),
      );
    const onData = (data: Uint8Array) => {
      try {
        assertBytes(data, label);
      } catch (error) {
        fail(error);
        return;
      }
      if (data.byteLength === 0) return;
      if (gatherer) gatherer.push(data);
      else emit(data);
    };
    const onEnd = () => settle(() => subscriber.complete());
    const onClose = () => fail(new SourceError('SOURCE_FAILED', `${label}: the stream was closed before its end`));
    readable.on('data', onData);
    readable.once('end', onEnd);
    readable.on('error', fail);
    readable.once('close', onClose);
    // A stream that was paused before doesn't start by itself.
    readable.resume();
    return () => {
      done = true;
      gate.end();
      readable.off('data', onData);
      readable.off('end', onEnd);
      readable.off('close', onClose);
      if (destroy) {
        // A socket whose other side has said all may wait for an answer. The error listener stays: an error that comes after this must not
        // become an uncaught exception.
        if (!isAnswerable(readable)) readable.destroy();
      } else {
        readable.off('error', fail);
        readable.pause();
      }
    };
  });
}

/** Whether it has been read to its end, and can still be written to. */
function isAnswerable(readable: Readable): boolean {
  return readable.readableEnded && readable instanceof Duplex && readable.writable;
}

/** Names the source, and the file behind it when the stream reads all of one. */
function identify(instance: AudioInput, label: string): SourceId {
  if (!(instance instanceof ReadStream)) return { label };
  const { path: file, start, end } = instance as ReadStream & { start?: number; end?: number };
  const isWhole = (start ?? 0) === 0 && (end ?? Number.POSITIVE_INFINITY) === Number.POSITIVE_INFINITY;
  return typeof file === 'string' && isWhole ? { label, file: path.resolve(file) } : { label };
}

function make(factory: () => AudioInput, label: string): AudioInput {
  try {
    return factory();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SourceError('SOURCE_UNUSABLE', `${label}: the function that makes the input threw: ${message}`, { cause });
  }
}

/** Notes that an instance has been subscribed, and refuses it when it was before or can't be read. */
function claim(instance: AudioInput, label: string): void {
  const named = typeof instance === 'object' && instance !== null;
  if (!named || (!isObservable(instance) && !isIterable(instance) && !isWebStream(instance))) {
    throw new SourceError(
      'SOURCE_UNUSABLE',
      `${label}: input must be a Readable, a web ReadableStream, an iterable or Observable of Uint8Array, a Uint8Array, or a function that returns one${hintOn(instance)}`,
    );
  }
  if (isObservable(instance) || instance instanceof Uint8Array) return;
  if (consumed.has(instance)) {
    throw new SourceError(
      'SOURCE_CONSUMED',
      `${label}: this stream was already subscribed once and its bytes are gone; pass a factory, fromReadable(() => createReadStream(…)), to read it again`,
    );
  }
  if (instance instanceof Readable) {
    const state = instance.destroyed
      ? 'was destroyed'
      : instance.readableEnded
        ? 'has already ended'
        : instance.readableObjectMode
          ? 'is in object mode; audio is read from streams of bytes'
          : instance.readableEncoding !== null
            ? `yields strings (encoding ${instance.readableEncoding}); remove setEncoding()`
            : undefined;
    if (state) throw new SourceError('SOURCE_UNUSABLE', `${label}: the stream ${state}`);
  } else if (isWebStream(instance) && instance.locked) {
    throw new SourceError('SOURCE_UNUSABLE', `${label}: the web stream is locked by another reader`);
  }
  consumed.add(instance);
}

/** What to do with what is nearly an input. */
function hintOn(instance: unknown): string {
  if (typeof instance === 'string') return '; for a path, use fromFile()';
  if (instance instanceof Response) return '; of a Response, give its body';
  if (instance instanceof Blob) return '; of a Blob, give its stream()';
  const isPromise = typeof (instance as { then?: unknown } | null | undefined)?.then === 'function';
  return isPromise
    ? '; of a promise, give what it resolves to: from(promise).pipe(mergeMap((stream) => fromReadable(stream)))'
    : '';
}

function isIterable(value: object): boolean {
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

function isWebStream(value: object): value is ReadableStream<Uint8Array> {
  return typeof (value as { getReader?: unknown }).getReader === 'function';
}

/** Of pieces, one is read ahead: they can be of any size. What they are is checked as they come. */
const PIECES = { objectMode: true, highWaterMark: 1 };

function toNodeReadable(instance: Exclude<AudioInput, Observable<Uint8Array>>): Readable {
  if (instance instanceof Readable) return instance;
  if (instance instanceof Uint8Array) return Readable.from([instance], PIECES);
  return isWebStream(instance) ? Readable.fromWeb(instance, PIECES) : Readable.from(instance, PIECES);
}

function assertBytes(value: unknown, label: string): asserts value is Uint8Array {
  if (value instanceof Uint8Array) return;
  throw new SourceError('SOURCE_UNUSABLE', `${label}: expected pieces of bytes (Buffer or Uint8Array), but got ${typeof value}`);
}
