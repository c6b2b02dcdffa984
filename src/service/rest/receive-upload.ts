import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type createBusboy from 'busboy';
import { PackageError } from '../../errors/index.js';
import { type DataDirectory, uploadName } from '../store/data-directory.js';
import { HttpError, invalid } from './http-error.js';

/** The optional package that reads multipart forms. */
export type MultipartParser = typeof createBusboy;

/** Largest text field, of which `meta` is the only large one. */
const MAX_FIELD_BYTES = 64 * 1024;
/** What a form may hold beside its file: names, boundaries, fields. */
const MAX_OVERHEAD_BYTES = 1024 * 1024;

/** A form that was received whole. */
export interface ReceivedUpload {
  /** The recording's name among the uploads: random. */
  readonly file: string;
  /** What the client calls the file: text, not a path. */
  readonly fileName: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** @throws (as rejection) PackageError `PACKAGE_MISSING` without the optional package busboy. */
export async function loadMultipartParser(): Promise<MultipartParser> {
  try {
    return (await import('busboy')).default;
  } catch (cause) {
    throw new PackageError('The REST half of the local service', 'busboy', cause, 'libsql busboy');
  }
}

/**
 * Streams the one file of a multipart form into the uploads, where only the owner can read it; it is on disk when this resolves.
 *
 * @throws (as rejection) HttpError for a form that isn't acceptable, or breaks off; what writing the file throws. Nothing of it is left then.
 */
export async function receiveUpload(
  request: IncomingMessage,
  { createParser, directory, maxBytes }: { createParser: MultipartParser; directory: DataDirectory; maxBytes: number },
): Promise<ReceivedUpload> {
  const tooLarge = new HttpError(413, 'TOO_LARGE', `The recording is larger than ${maxBytes} bytes, the service's limit.`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes + MAX_OVERHEAD_BYTES) throw tooLarge;
  const file = uploadName();
  const path = directory.uploadPath(file);
  let saving: Promise<unknown> = Promise.resolve();
  try {
    const parser = openParser(createParser, request, maxBytes);
    const fields = new Map<string, string>();
    let fileName: string | undefined;
    let bytes = 0;
    await new Promise<void>((resolve, reject) => {
      let hasFailed = false;
      const fail = (error: Error) => {
        if (hasFailed) return;
        hasFailed = true;
        request.unpipe(parser);
        // Not at once: busboy may be amid the piece that it complains of, and throws when it is destroyed there.
        setImmediate(() => parser.destroy());
        reject(error);
      };
      parser.on('file', (field, stream, info) => {
        // busboy destroys it with the parser.
        stream.on('error', () => {});
        if (hasFailed || fileName !== undefined) return stream.resume();
        if (field !== 'file') return fail(invalid('The recording must be in the field "file".'));
        fileName = info.filename ?? '';
        stream.on('limit', () => fail(tooLarge));
        saving = save(stream, path).then((written) => {
          bytes = written;
        });
        saving.catch((error) => fail(error));
      });
      parser.on('field', (field, value, { valueTruncated, nameTruncated }) => {
        if (valueTruncated || nameTruncated)
          fail(new HttpError(413, 'TOO_LARGE', `A field is larger than ${MAX_FIELD_BYTES} bytes.`));
        else if (fields.has(field)) fail(invalid(`The form has the field "${field.slice(0, 40)}" twice.`));
        else fields.set(field, value);
      });
      parser.on('filesLimit', () => fail(invalid('The form has more than one file.')));
      for (const event of ['fieldsLimit', 'partsLimit'] as const)
        parser.on(event, () => fail(invalid('The form has too many fields.')));
      parser.on('error', () => fail(invalid('The body is not a multipart form, or breaks off.')));
      parser.on('close', () => saving.then(() => resolve(), reject));
      request.once('close', () => {
        if (!request.complete) fail(invalid('The upload broke off.'));
      });
      request.pipe(parser);
    });
    if (fileName === undefined) throw invalid('The form has no file: the recording must be in the field "file".');
    if (bytes === 0) throw invalid('The recording is empty.');
    await syncFolder(directory.uploads);
    return { file, fileName, fields };
  } catch (error) {
    await saving.catch(() => {});
    await rm(path, { force: true });
    throw error;
  }
}

function openParser(createParser: MultipartParser, { headers }: IncomingMessage, maxBytes: number): ReturnType<MultipartParser> {
  if (!/^multipart\/form-data\b/i.test(headers['content-type'] ?? '')) {
    throw new HttpError(
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'The body must be a multipart/form-data form with the recording in "file".',
    );
  }
  try {
    return createParser({
      headers,
      defParamCharset: 'utf8',
      // One byte more than allowed: the parser's limit counts as reached, not as exceeded.
      limits: { files: 1, fileSize: maxBytes + 1, fields: 20, parts: 25, fieldSize: MAX_FIELD_BYTES, fieldNameSize: 100 },
    });
  } catch {
    throw invalid('The multipart form has no boundary.');
  }
}

/** Resolves to the bytes written, once they are on disk. */
async function save(stream: Readable, path: string): Promise<number> {
  const target = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
  await pipeline(stream, target);
  return target.bytesWritten;
}

/** A file's name is kept by its folder, which is written apart from it. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
