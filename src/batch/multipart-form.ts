import { FormDataEncoder } from 'form-data-encoder';
import type { UploadBody } from './http-request.js';
import type { OpenedSource } from './upload-source.js';

/** The file of a form, and its fields as text. */
export interface MultipartForm {
  readonly fields: Readonly<Record<string, string>>;
  readonly file: OpenedSource & { readonly sizeBytes: number | undefined };
  readonly fileName: string;
  /** Called with the file's bytes that have left this process. */
  readonly onProgress: (sentBytes: number) => void;
}

type Entry = [string, string | FormFile];
type FormFile = Exclude<ReturnType<ConstructorParameters<typeof FormDataEncoder>[0]['getAll']>[number], string>;

/** Encodes a form as multipart/form-data while it is read; the file comes last, so that a server knows the fields before it. */
export function multipartBody({ fields, file, fileName, onProgress }: MultipartForm): UploadBody {
  const part = {
    // It stands in a header, where control characters make some servers refuse the form.
    name: fileName.replaceAll(/\p{Cc}/gu, ' '),
    type: 'application/octet-stream',
    // The encoder takes it for what it is: unknown.
    size: file.sizeBytes as number,
    lastModified: 0,
    [Symbol.toStringTag]: 'File',
    stream: () => file.chunks(onProgress),
  };
  const entries: Entry[] = [...Object.entries(fields), ['file', part]];
  const encoder = new FormDataEncoder({
    append: () => {},
    getAll: (name) => entries.flatMap(([key, value]) => (key === name ? [value] : [])),
    entries: () => entries.values(),
    [Symbol.iterator]: () => entries.values(),
    [Symbol.toStringTag]: 'FormData',
  });
  const { contentType, contentLength } = encoder;
  return {
    contentType,
    contentLength: contentLength === undefined ? undefined : Number(contentLength),
    chunks: chunksOf(encoder),
    close: () => file.close(),
  };
}

/** In place of the encoder's own reading of files, which (4.1.0) sends the wrong bytes of large views into a larger buffer. */
async function* chunksOf(encoder: FormDataEncoder): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of encoder.values()) {
    if (part instanceof Uint8Array) yield part;
    else yield* part.stream() as AsyncIterable<Uint8Array>;
  }
}
