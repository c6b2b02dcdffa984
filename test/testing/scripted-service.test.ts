import { status } from '@grpc/grpc-js';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { detectDeepfakes } from '../../src/operators/detect-deepfakes.js';
import { rawResults } from '../../src/operators/raw-results.js';
import type { StreamResultJson } from '../../src/predictions/index.js';
import {
  type ReceivedMessage,
  type Script,
  type ScriptedCall,
  scriptedResult,
  startScriptedService,
} from '../../src/testing/index.js';
import documented from '../predictions/documented-example.json' with { type: 'json' };
import { settled } from '../service/settled.js';
import { WireClient } from '../service/wire-client.js';
import { pcmSource } from '../support/audio.js';

const hello = scriptedResult({ level: 'utterance', startMs: 0, endMs: 900, tasks: { emotion: 'happy' } });
const predictionsOf = (connection: object, ms = 2000) =>
  lastValueFrom(pcmSource(ms, 250).source$.pipe(behavioralSignals(connection), toArray()));

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('a script', () => {
  it('gives an application fixed answers', async () => {
    await using service = await startScriptedService([
      { afterMs: 1000, send: hello },
      {
        atEnd: true,
        send: scriptedResult({
          level: 'utterance',
          id: '2',
          startMs: 1200,
          endMs: 1900,
          tasks: { gender: { male: 0.2, female: 0.8 }, intensity: 0.4, 'a new task': 'a new label' },
        }),
      },
    ]);
    const predictions = await predictionsOf(service.connection);
    expect(predictions).toMatchObject([
      { level: 'utterance', id: '1', pid: '1', startMs: 0, endMs: 900, engine: 'remote', tasks: { emotion: { label: 'happy' } } },
      {
        id: '2',
        startMs: 1200,
        endMs: 1900,
        tasks: {
          gender: { label: 'female', top: { label: 'female', posterior: 0.8 } },
          intensity: { score: 0.4 },
          'a new task': { label: 'a new label' },
        },
      },
    ]);
    expect(service.calls).toBe(1);
  });

  it("takes the documentation's messages as they are", async () => {
    const message = documented as StreamResultJson;
    await using service = await startScriptedService([{ atEnd: true, send: message }]);
    const [received] = await lastValueFrom(
      pcmSource(250, 250).source$.pipe(behavioralSignals(service.connection), rawResults(), toArray()),
    );
    // gRPC doesn't carry them.
    const overGrpc = (row: StreamResultJson['results'][number]) => ({
      ...row,
      prediction: row.prediction.map((label) => ({ ...label, dominantInSegments: null })),
    });
    expect(received).toMatchObject({ ...message, results: message.results.map(overGrpc) });
  });

  it('sends results at the position they belong to, and none that the audio does not reach', async () => {
    const script: Script = [
      { afterMs: 500, send: hello },
      { afterMs: 1000, send: hello },
      { afterMs: 60_000, send: hello },
      { afterMs: 70_000, end: 'ABORTED' },
    ];
    await using service = await startScriptedService(script);
    await using client = new WireClient(service);
    const call = client.call().configure();
    call.sendAudio(new Int16Array(8000 - 1), 8000);
    await call.metadata;
    expect(await settled(() => call.results.length)).toBe(0);
    call.sendAudio(new Int16Array(1), 1);
    await call.received(1);
    call.sendAudio(new Int16Array(16_000), 1600);
    expect(await call.finish()).toMatchObject({ code: status.OK });
    expect(call.results.map(({ messageId }) => messageId)).toEqual([0, 1]);
  });

  it('ends a call with a status', async () => {
    await using service = await startScriptedService([
      { afterMs: 500, send: hello },
      { afterMs: 500, end: 'FAILED_PRECONDITION', details: 'no credits' },
    ]);
    await using client = new WireClient(service);
    const call = client.call().configure().sendAudio(new Int16Array(16_000), 1600);
    expect(await call.status).toMatchObject({ code: status.FAILED_PRECONDITION, details: 'no credits' });
    expect(call.results).toHaveLength(1);
  });

  it.each([
    [[{ afterMs: -1, send: hello }], 'script[0].afterMs'],
    [[{ send: hello }], 'script[0]'],
    [[{ atEnd: true }], 'script[0]'],
    [[{ atEnd: true, send: hello, end: 'OK' }], 'script[0]'],
    [[{ atEnd: true, send: {} }], 'script[0].send.results'],
    [[{ atEnd: true, end: 'FINE' }], 'script[0].end'],
    ['hello', 'script'],
  ])('%j is refused by name', async (script, option) => {
    await expect(startScriptedService(script as Script)).rejects.toMatchObject({ code: 'INVALID_OPTION', option });
  });
});

describe('a scripted handler', () => {
  it('sees what a call asks for and sends, and answers as it likes', async () => {
    const messages: ReceivedMessage[] = [];
    const seen: unknown[] = [];
    await using service = await startScriptedService(
      async (call) => {
        const config = await call.configured();
        const reached = await call.audio(900);
        seen.push(call.number, call.method, config, reached, call.receivedMs >= 900);
        call.send(hello);
        await call.audioEnd();
        seen.push(call.receivedSamples, call.audioEnded);
      },
      { engine: 'local-script/1', onMessage: (message) => messages.push(message) },
    );
    const options = { ...service.connection, level: 'utterance', logits: true } as const;
    const predictions = await lastValueFrom(pcmSource(1000, 250).source$.pipe(detectDeepfakes(options), toArray()));
    expect(predictions).toMatchObject([{ engine: 'local', id: '1' }]);
    expect(seen).toEqual([
      0,
      'DeepfakeDetection',
      { sampleRate: 16_000, encoding: 'LINEAR_PCM', level: 'utterance', logits: true, embeddings: false },
      true,
      true,
      16_000,
      true,
    ]);
    expect(messages).toHaveLength(5);
    expect(messages[0]).toMatchObject({ cid: '10000000', apiKey: 'test-token', config: { sampleRate: 16_000 } });
    expect(messages.slice(1).map(({ audio }) => audio.length)).toEqual([8000, 8000, 8000, 8000]);
  });

  it('waits in vain for more audio than comes', async () => {
    const reached: boolean[] = [];
    await using service = await startScriptedService(async (call) => {
      reached.push(await call.audio(500), await call.audio(5000), call.audioEnded);
    });
    await predictionsOf(service.connection, 1000);
    expect(reached).toEqual([true, false, true]);
  });

  it('is told when the client cancels', async () => {
    const over = deferred<boolean>();
    await using service = await startScriptedService(async (call) => {
      await call.closed();
      over.resolve(call.signal.aborted);
    });
    await using client = new WireClient(service);
    const call = client.call().configure();
    await call.metadata;
    call.stream.cancel();
    expect(await over.promise).toBe(true);
  });

  it('no longer waits in a call that is over, and need not care', async () => {
    const waited = deferred<unknown>();
    await using service = await startScriptedService(async (call) => {
      const waiting = call.audio(60_000);
      call.reset();
      await waiting.catch((error) => {
        waited.resolve([error === call.signal.reason, error.name]);
        throw error;
      });
    });
    await using client = new WireClient(service);
    client.call().configure();
    expect(await waited.promise).toEqual([true, 'AbortError']);
    expect(service.errors).toEqual([]);
  });

  it('that throws ends its call with INTERNAL, and is remembered', async () => {
    await using service = await startScriptedService(async () => {
      throw new Error('the script has a bug');
    });
    await using client = new WireClient(service);
    expect(await client.call().configure().status).toMatchObject({
      code: status.INTERNAL,
      details: 'The script failed: the script has a bug',
    });
    expect(service.errors).toMatchObject([{ message: 'the script has a bug' }]);
  });

  it('can break a call off, and answer bytes that are no message', async () => {
    await using service = await startScriptedService(async (call) => {
      if (call.number === 0) call.reset(7);
      else call.sendBytes(Buffer.alloc(40, 0xff));
      await call.closed();
    });
    await using client = new WireClient(service);
    expect((await client.call().configure().status).code).toBe(status.UNAVAILABLE);
    expect((await client.call().configure().status).code).toBe(status.INTERNAL);
  });

  it('can stop to read, and go on', async () => {
    let call: ScriptedCall | undefined;
    await using service = await startScriptedService(async (made) => {
      call = made;
      made.pauseReading();
      await made.audioEnd();
    });
    await using client = new WireClient(service);
    const sent = client.call().configure().sendAudio(new Int16Array(1_600_000), 16_000);
    await sent.metadata;
    const heard = await settled(() => call?.receivedSamples ?? 0);
    expect(heard).toBeLessThan(400_000);
    call?.resumeReading();
    expect((await sent.finish()).code).toBe(status.OK);
    expect(call?.receivedSamples).toBe(1_600_000);
  });

  it('stops to be read from while its client reads nothing', async () => {
    await using service = await startScriptedService(async (call) => {
      for (let heard = 1600; await call.samples(heard); heard += 1600) {
        call.send({ results: [{ task: 'features', embedding: Array.from({ length: 768 }, (_, n) => n / 7) }] });
      }
    });
    await using client = new WireClient(service);
    const call = client.call().configure();
    call.stream.pause();
    let taken = 0;
    for (let n = 0; n < 2000; n += 1) call.stream.write({ audioContent: Buffer.alloc(3200) }, () => (taken += 1));
    expect(await settled(() => taken)).toBeLessThan(1500);
    call.stream.resume();
    expect((await call.finish()).code).toBe(status.OK);
    expect(call.results).toHaveLength(2000);
  });
});

describe('a scripted service', () => {
  it('refuses what is not the streaming API', async () => {
    await using service = await startScriptedService([]);
    await using client = new WireClient(service);
    const asBytes = (bytes: Buffer) => bytes;
    const error = await new Promise((resolve) => {
      client.grpc.makeUnaryRequest('/grpc.health.v1.Health/Check', asBytes, asBytes, Buffer.alloc(0), resolve);
    });
    expect(error).toMatchObject({ code: status.UNIMPLEMENTED, details: '/grpc.health.v1.Health/Check is not scripted.' });
  });

  it('says when its port is taken', async () => {
    await using first = await startScriptedService([]);
    await expect(startScriptedService([], { port: first.port })).rejects.toMatchObject({ code: 'SERVICE_START_FAILED' });
  });

  it.each([
    [{ port: 70_000 }, 'startScriptedService({ port })'],
    [{ engine: 'ü' }, 'startScriptedService({ engine })'],
  ])('refuses the options %j', async (options, option) => {
    await expect(startScriptedService([], options)).rejects.toMatchObject({ code: 'INVALID_OPTION', option });
  });
});
