import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { isBehavioralSignalsError, OptionError, SourceError } from '../errors/index.js';

/** Large enough to keep a fast connection busy, small enough for progress to be worth watching. */
const CHUNK_BYTES = 256 * 1024;

/**
 * A recording to submit: a path or `file:` URL, bytes, a Blob, a Readable of bytes, or a function that makes one.
 *
 * A Readable can be read once only, so an upload of one that breaks can't be repeated: prefer the function.
 */
export type BatchInput = string | URL | Uint8Array | Blob | Readable | (() => Readable | Promise<Readable>);

/** The bytes of a recording, while they are read. */
export interface OpenedSource {
  /** Each is followed by `onProgress` with the bytes so far, once the next one is asked for. */
  chunks(onProgress: (sentBytes: number) => void): AsyncGenerator<Uint8Array, void, undefined>;
  /** Stops reading. */
  close(): void;
}

/** A recording that can be opened. */
export interface UploadSource {
  readonly fileName: string | undefined;
  /** Whether it can be read more than once. */
  readonly isRepeatable: boolean;
  /**
   * @returns With the size in bytes, where that is known before.
   * @throws SourceError `SOURCE_UNUSABLE`, `SOURCE_CONSUMED` or `SOURCE_FAILED`.
   */
  open(): Promise<OpenedSource & { readonly sizeBytes: number | undefined }>;
}

/**
 * Tells what a recording is given as.
 *
 * @throws OptionError for anything else.
 */
export function uploadSource(option: string, input: BatchInput): UploadSource {
  if (typeof input === 'string' || input instanceof URL) return fileSource(option, input);
  if (input instanceof Uint8Array) {
    const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    return { fileName: undefined, isRepeatable: true, open: async () => opened(Readable.from([bytes]), bytes.length) };
  }
  if (input instanceof Blob) {
    // A File has a name, too.
    const { name } = input as { name?: unknown };
    const fileName = typeof name === 'string' && name !== '' ? path.basename(name) : undefined;
    return { fileName, isRepeatable: true, open: async () => opened(Readable.from(input.stream()), input.size) };
  }
  if (input instanceof Readable) {
    let isOpened = false;
    const open = async () => {
      if (isOpened)
        throw new SourceError('SOURCE_CONSUMED', `${option}: a Readable can be read only once; pass a function that makes one`);
      isOpened = true;
      return opened(expectReadable(option, input), undefined);
    };
    return { fileName: undefined, isRepeatable: false, open };
  }
  if (typeof input === 'function') {
    return {
      fileName: undefined,
      isRepeatable: true,
      open: async () => opened(expectReadable(option, await make(option, input)), undefined),
    };
  }
  throw new OptionError(option, 'must be a path, a file: URL, bytes, a Blob, a Readable or a function that makes one', input);
}

function fileSource(option: string, file: string | URL): UploadSource {
  if (file === '') throw new OptionError(option, 'must not be an empty path');
  if (file instanceof URL && file.protocol !== 'file:') {
    throw new OptionError(option, 'must be a file: URL; for others, see submitPresignedUrl()');
  }
  const name = file instanceof URL ? fileURLToPath(file) : file;
  const open = async () => {
    const found = await stat(name).catch((cause: Error) => {
      throw new SourceError('SOURCE_FAILED', `${name} can't be read: ${cause.message}`, { cause });
    });
    if (!found.isFile()) throw new SourceError('SOURCE_UNUSABLE', `${name} is not a file`);
    if (found.size === 0) throw new SourceError('SOURCE_UNUSABLE', `${name} is empty`);
    return opened(createReadStream(name, { highWaterMark: CHUNK_BYTES, end: found.size - 1 }), found.size, name);
  };
  return { fileName: path.basename(name), isRepeatable: true, open };
}

async function make(option: string, factory: () => Readable | Promise<Readable>): Promise<Readable> {
  try {
    return await factory();
  } catch (cause) {
    if (isBehavioralSignalsError(cause)) throw cause;
    throw new SourceError('SOURCE_UNUSABLE', `${option}: the function that makes the Readable threw`, { cause });
  }
}

function expectReadable(option: string, stream: unknown): Readable {
  const refuse = (why: string) => new SourceError('SOURCE_UNUSABLE', `${option}: ${why}`);
  if (!(stream instanceof Readable)) throw refuse('the function must return a Readable');
  if (stream.destroyed || stream.readableEnded) throw refuse('the Readable has ended or was destroyed');
  if (stream.readableFlowing) throw refuse('the Readable is being read already');
  return stream;
}

function opened(
  stream: Readable,
  sizeBytes: number | undefined,
  name = 'the recording',
): Awaited<ReturnType<UploadSource['open']>> {
  // Between opening and reading, too.
  stream.on('error', () => {});
  return {
    sizeBytes,
    chunks: (onProgress) => read(stream, sizeBytes, name, onProgress),
    close: () => stream.destroy(),
  };
}

async function* read(
  stream: Readable,
  sizeBytes: number | undefined,
  name: string,
  onProgress: (sentBytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sentBytes = 0;
  try {
    for await (const chunk of stream) {
      if (!(chunk instanceof Uint8Array)) {
        throw new SourceError(
          'SOURCE_UNUSABLE',
          `${name} yields ${typeof chunk}s, not bytes; don't set an encoding or object mode`,
        );
      }
      for (let from = 0; from < chunk.length; from += CHUNK_BYTES) {
        const part = chunk.subarray(from, from + CHUNK_BYTES);
        yield part;
        sentBytes += part.length;
        onProgress(sentBytes);
      }
    }
  } catch (cause) {
    if (isBehavioralSignalsError(cause)) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SourceError('SOURCE_FAILED', `Reading ${name} failed: ${why}`, { cause });
  }
  if (sizeBytes !== undefined && sentBytes !== sizeBytes) {
    throw new SourceError('SOURCE_FAILED', `${name} became shorter while it was read: ${sentBytes} of ${sizeBytes} bytes`);
  }
}
