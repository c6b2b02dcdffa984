import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ReadableStream } from 'node:stream/web';
import { pathToFileURL } from 'node:url';
import { count, from, lastValueFrom, Observable, of, retry, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asWished, type ByteChunk } from '../../src/audio/index.js';
import type { Release } from '../../src/flow/index.js';
import { fromFile } from '../../src/sources/from-file.js';
import { type AudioInput, fromReadable } from '../../src/sources/from-readable.js';

let folder: string;
let file: string;
const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251));
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'from-readable-'));
  file = path.join(folder, 'audio.bin');
  await writeFile(file, content);
});
afterAll(() => rm(folder, { recursive: true }));

async function read(input: AudioInput | (() => AudioInput)): Promise<Buffer> {
  const chunks = await lastValueFrom(fromReadable(input).pipe(toArray()));
  return Buffer.concat(chunks.map(({ data }) => data));
}

const pieces = () => [content.subarray(0, 100_000), content.subarray(100_000)];

describe('fromReadable()', () => {
  it.each<[string, () => AudioInput]>([
    ['a Node Readable', () => createReadStream(file)],
    ['an array of buffers', pieces],
    [
      'an async iterable',
      async function* () {
        yield* pieces();
      } as () => AsyncIterable<Uint8Array>,
    ],
    [
      'a web ReadableStream',
      () =>
        new ReadableStream<Uint8Array>({
          start(controller) {
            for (const piece of pieces()) controller.enqueue(new Uint8Array(piece));
            controller.close();
          },
        }),
    ],
    ['an Observable', () => from(pieces())],
    ['bytes in memory', () => new Uint8Array(content)],
  ])('reads %s, directly and through a factory', async (_, make) => {
    expect((await read(make())).equals(content)).toBe(true);
    expect((await read(make)).equals(content)).toBe(true);
  });

  it('reads a factory as often as it is subscribed', async () => {
    const source$ = fromReadable(() => createReadStream(file));
    for (const _ of [1, 2]) {
      const chunks = await lastValueFrom(source$.pipe(toArray()));
      expect(chunks.reduce((sum, { data }) => sum + data.length, 0)).toBe(content.length);
    }
  });

  it('emits nothing while it is being subscribed', async () => {
    for (const input of [createReadStream(file), of(content), Readable.from([content], { objectMode: false })]) {
      let emitted = 0;
      const subscription = fromReadable(input).subscribe(() => {
        emitted += 1;
      });
      expect(emitted).toBe(0);
      subscription.unsubscribe();
    }
  });

  it('stops reading while anybody holds', async () => {
    const stream = createReadStream(file, { highWaterMark: 1024 });
    const seen: ByteChunk[] = [];
    let release: Release | undefined;
    const done = new Promise<void>((resolve) => {
      fromReadable(stream).subscribe({
        next: (chunk) => {
          seen.push(chunk);
          if (seen.length === 3) release = chunk.flow.hold();
        },
        complete: resolve,
      });
    });
    await expect.poll(() => release).toBeDefined();
    expect(stream.isPaused()).toBe(true);
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(seen).toHaveLength(3);
    release?.();
    await done;
    expect(Buffer.concat(seen.map(({ data }) => data)).equals(content)).toBe(true);
  });

  it('refuses the second subscription of a stream, whose bytes are gone', async () => {
    const stream = createReadStream(file);
    const source$ = fromReadable(stream);
    await lastValueFrom(source$);
    await expect(lastValueFrom(source$)).rejects.toMatchObject({ code: 'SOURCE_CONSUMED' });
    await expect(lastValueFrom(fromReadable(stream))).rejects.toMatchObject({ code: 'SOURCE_CONSUMED' });
  });

  it('does not let retry() turn a broken stream into a silent completion', async () => {
    const broken = new Readable({ read() {} });
    broken.push(Buffer.alloc(10));
    const result = lastValueFrom(fromReadable(broken).pipe(retry(1), toArray())).catch((error) => error);
    setImmediate(() => broken.destroy(new Error('cable pulled')));
    expect(await result).toMatchObject({ code: 'SOURCE_CONSUMED' });
  });

  it.each<[string, () => AudioInput, RegExp]>([
    ['a destroyed stream', () => new PassThrough().destroy(), /was destroyed/],
    ['a stream in object mode', () => new PassThrough({ objectMode: true }), /object mode/],
    ['a stream of strings', () => new PassThrough().setEncoding('utf8'), /setEncoding/],
    ['something else', () => 42 as never, /must be a Readable/],
    ['a path', () => 'call.wav' as never, /use fromFile\(\)$/],
    ['a promise', () => Promise.resolve([content]) as never, /of a promise, .*mergeMap/],
    ['a response', () => new Response('abc') as never, /of a Response, give its body$/],
    ['a blob', () => new Blob(['abc']) as never, /of a Blob, give its stream\(\)$/],
    ['strings', () => ['abc'] as never, /bytes/],
  ])('refuses %s at once', async (_, make, message) => {
    await expect(read(make())).rejects.toMatchObject({ code: 'SOURCE_UNUSABLE', message: expect.stringMatching(message) });
  });

  it.each([null, undefined, 'abc', 42, {}])(
    'refuses %j among the pieces, wherever they come from, and what came before is kept',
    async (item) => {
      const items = [Buffer.from('abc'), item as never, Buffer.from('def')];
      for (const input of [() => from(items), () => items, () => Readable.from(items.filter((each) => each !== null))]) {
        const seen: Uint8Array[] = [];
        const error = await new Promise((resolve) => {
          fromReadable(input).subscribe({
            next: ({ data }) => seen.push(data),
            error: resolve,
            complete: () => resolve('complete'),
          });
        });
        expect(error).toMatchObject({ name: 'SourceError' });
        expect(Buffer.concat(seen).toString()).toMatch(/^(abc)?$/);
      }
    },
  );

  it('refuses a web stream of strings instead of reading their characters', async () => {
    const strings = new ReadableStream({
      start(controller) {
        controller.enqueue('abc');
        controller.close();
      },
    });
    await expect(read(strings)).rejects.toMatchObject({ code: 'SOURCE_UNUSABLE' });
  });

  it('names a factory that throws', async () => {
    const cause = new TypeError('no such device');
    const failed = read(() => {
      throw cause;
    });
    await expect(failed).rejects.toMatchObject({
      code: 'SOURCE_UNUSABLE',
      message: expect.stringContaining('no such device'),
      cause,
    });
  });

  it('reads a stream that was paused before it was handed over', async () => {
    const stream = new PassThrough();
    stream.pause();
    stream.end(content);
    expect((await read(stream)).equals(content)).toBe(true);
  });

  it('refuses a stream that has ended', async () => {
    const stream = Readable.from([content], { objectMode: false });
    for await (const _ of stream);
    await expect(read(stream)).rejects.toMatchObject({ code: 'SOURCE_UNUSABLE' });
  });

  it('passes on what was read before an error, and the error as cause', async () => {
    const stream = new PassThrough();
    const seen: Uint8Array[] = [];
    const error = new Promise((resolve) => {
      fromReadable(stream, { label: 'call.wav' }).subscribe({ next: ({ data }) => seen.push(data), error: resolve });
    });
    stream.write(Buffer.from('abc'));
    await expect.poll(() => seen.length).toBe(1);
    const cause = new Error('disk on fire');
    stream.destroy(cause);
    expect(await error).toMatchObject({ code: 'SOURCE_FAILED', cause, message: expect.stringContaining('call.wav') });
  });

  it('errors when the stream is closed before its end', async () => {
    const stream = new PassThrough();
    const error = lastValueFrom(fromReadable(stream)).catch((e) => e);
    setImmediate(() => stream.destroy());
    expect(await error).toMatchObject({ code: 'SOURCE_FAILED' });
  });

  it('destroys the stream when unsubscribed, unless told not to', () => {
    const [mine, yours] = [new PassThrough(), new PassThrough()];
    fromReadable(mine).subscribe().unsubscribe();
    fromReadable(yours, { destroy: false }).subscribe().unsubscribe();
    expect(mine.destroyed).toBe(true);
    expect(yours.destroyed).toBe(false);
    expect(yours.listenerCount('data') + yours.listenerCount('end') + yours.listenerCount('error')).toBe(0);
  });

  it('leaves a socket that has been read to its end open for an answer, and destroys it when unsubscribed before', async () => {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
    const [socket] = (await once(server, 'connection')) as [Socket];
    const source$ = fromReadable(socket);
    client.end(content);
    expect(await lastValueFrom(source$.pipe(count()))).toBeGreaterThan(0);
    expect(socket.writable).toBe(true);
    socket.end('heard');
    expect(await text(client)).toBe('heard');

    const rude = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [unread] = (await once(server, 'connection')) as [Socket];
    fromReadable(unread).subscribe().unsubscribe();
    expect(unread.destroyed).toBe(true);
    rude.destroy();
    server.close();
  });

  it('ends an iterable that has nothing to give at the moment', async () => {
    const [returned, cancelled] = [vi.fn(async () => ({ done: true as const, value: undefined })), vi.fn()];
    const never = () => new Promise<never>(() => {});
    const iterable: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => ({ next: never, return: returned }) };
    const web = new ReadableStream<Uint8Array>({ pull: never, cancel: cancelled });
    for (const input of [iterable, web]) {
      const subscription = fromReadable(input).subscribe();
      await new Promise(setImmediate);
      subscription.unsubscribe();
    }
    await expect.poll(() => [returned.mock.calls.length, cancelled.mock.calls.length]).toEqual([1, 1]);
  });

  it('stops an Observable that emits without end as it is subscribed, once it has overrun the queue', async () => {
    let emitted = 0;
    const endless = new Observable<Uint8Array>((subscriber) => {
      while (!subscriber.closed) {
        emitted += 1;
        subscriber.next(new Uint8Array(1024 * 1024));
      }
    });
    await expect(read(endless)).rejects.toMatchObject({ code: 'QUEUE_OVERFLOW' });
    expect(emitted).toBeLessThanOrEqual(18);
  });

  it('survives an error of the stream after it was unsubscribed', () => {
    const stream = new PassThrough();
    fromReadable(stream).subscribe().unsubscribe();
    expect(() => stream.emit('error', new Error('late'))).not.toThrow();
  });
});

describe('fromFile()', () => {
  it('reads a file under its name', async () => {
    const chunks = await lastValueFrom(fromFile(file).pipe(toArray()));
    expect(Buffer.concat(chunks.map(({ data }) => data)).equals(content)).toBe(true);
    expect(chunks[0]?.source.label).toBe('audio.bin');
  });

  it('reads a file by its URL, and refuses URLs that are none', async () => {
    const url = pathToFileURL(file);
    const [first] = await lastValueFrom(fromFile(url).pipe(toArray()));
    expect(first?.source.label).toBe('audio.bin');
    for (const wrong of [new URL('https://example.org/call.wav'), '', 42 as never]) {
      expect(() => fromFile(wrong)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option: 'fromFile(file)' }));
    }
  });

  it('names a file that is not there', async () => {
    await expect(lastValueFrom(fromFile(path.join(folder, 'none.wav')))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining('none.wav'),
    });
  });
});

describe('bytes that are gathered in the source', () => {
  const blocks = () => [1, 2, 3, 4, 5].map((byte) => Buffer.of(byte, byte));

  it('come in pieces of what is lacking, and what is left comes at the end', async () => {
    const asked: string[] = [];
    const bytes$ = asWished(fromReadable(blocks, { label: 'leg' }), {
      lacking: ({ label }) => {
        asked.push(label);
        return 4;
      },
    });
    const pieces = await lastValueFrom(bytes$.pipe(toArray()));
    expect(pieces.map(({ data }) => [...data])).toEqual([
      [1, 1, 2, 2],
      [3, 3, 4, 4],
      [5, 5],
    ]);
    expect(new Set(pieces.map(({ source }) => source)).size).toBe(1);
    expect(asked).toEqual(['leg', 'leg', 'leg']);
  });

  it('come before the error of the stream', async () => {
    const seen: unknown[] = [];
    const stream = new Readable({ read() {} });
    const over = new Promise<void>((resolve) => {
      asWished(
        fromReadable(() => stream),
        { lacking: () => 100 },
      ).subscribe({
        next: ({ data }) => seen.push([...data]),
        error: ({ code }) => {
          seen.push(code);
          resolve();
        },
      });
    });
    stream.push(Buffer.of(7));
    stream.once('data', () => stream.destroy(new Error('the line broke')));
    await over;
    expect(seen).toEqual([[7], 'SOURCE_FAILED']);
  });

  it('are read by each subscriber for itself, and not at all from an Observable', async () => {
    const bytes$ = asWished(fromReadable(blocks), { lacking: () => 1000 });
    const [one, two] = await Promise.all([lastValueFrom(bytes$.pipe(toArray())), lastValueFrom(bytes$.pipe(toArray()))]);
    expect([one.length, two.length]).toEqual([1, 1]);
    const pushed$ = asWished(fromReadable(of(Buffer.of(1), Buffer.of(2))), { lacking: () => 1000 });
    expect(await lastValueFrom(pushed$.pipe(toArray()))).toHaveLength(2);
  });
});
