import { connectivityState, credentials, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { type Fault, type GrpcStatus, scriptedResult } from '../../src/testing/index.js';
import { settled } from '../service/settled.js';
import { WireClient } from '../service/wire-client.js';
import { ANSWER_SAMPLES, faultyLevelMeter, noise } from './support/faulty-level-meter.js';

const second = noise(16_000);
const minute = noise(16_000 * 60);

describe('a faulty service without faults', () => {
  it('is the service behind it', async () => {
    await using service = await faultyLevelMeter([]);
    await using client = new WireClient(service);
    const call = client.call().configure().sendAudio(second, 1600);
    expect(await call.finish()).toMatchObject({ code: status.OK });
    expect(call.results.map(({ result }) => [result[0]?.startTime, result[0]?.endTime])).toEqual([
      ['0.00', '0.50'],
      ['0.50', '1.00'],
    ]);
    expect((await call.metadata).get('x-behavioral-signals-engine')).toEqual(['level-meter']);
    expect(service).toMatchObject({ calls: 1, fired: [], pending: [] });
  });

  it('refuses what the service behind it refuses, in its words', async () => {
    await using service = await faultyLevelMeter([]);
    await using client = new WireClient(service);
    const call = client.call();
    call.send({ xAuthToken: 'wrong', config: { sampleRateHertz: 16_000 } });
    expect(await call.status).toMatchObject({
      code: status.UNAUTHENTICATED,
      details: `There is no project ${service.connection.cid} with this x_auth_token.`,
    });
  });

  it('passes other services on too', async () => {
    await using service = await faultyLevelMeter([{ kind: 'status', at: { call: 0 }, status: 'UNAVAILABLE' }]);
    await using client = new WireClient(service);
    const health = new Promise((resolve, reject) => {
      const asBytes = (bytes: Buffer) => bytes;
      client.grpc.makeUnaryRequest('/grpc.health.v1.Health/Check', asBytes, asBytes, Buffer.alloc(0), (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
    // Field 1, the status: SERVING.
    expect(await health).toEqual(Buffer.from([8, 1]));
    expect(service.calls).toBe(0);
  });

  it('passes cancelling on', async () => {
    await using service = await faultyLevelMeter([]);
    await using client = new WireClient(service);
    const call = client.call().configure();
    await call.metadata;
    call.stream.cancel();
    expect(await call.status).toMatchObject({ code: status.CANCELLED });
    client.grpc.close();
    await expect.poll(() => service.connections).toBe(0);
  });
});

describe('statuses', () => {
  it.each(Object.keys(status).filter((name) => Number.isNaN(Number(name))) as GrpcStatus[])('%s ends a call', async (name) => {
    const faults: Fault[] = [{ kind: 'status', at: { sourceMs: 500 }, status: name, details: 'as planned: 100 % ünavoidable' }];
    await using service = await faultyLevelMeter(faults);
    await using client = new WireClient(service);
    const ended = await client.call().configure().sendAudio(second, 1600).status;
    expect(ended).toMatchObject({ code: status[name], details: 'as planned: 100 % ünavoidable' });
    expect(service.fired).toMatchObject([{ fault: faults[0], index: 0, call: 0, connection: 0, sourceMs: 500 }]);
  });

  it('refuse a call before anything is answered, and as many of the next ones as they say', async () => {
    await using service = await faultyLevelMeter([{ kind: 'status', at: { call: 1 }, status: 'RESOURCE_EXHAUSTED', times: 2 }]);
    await using client = new WireClient(service);
    const codes: number[] = [];
    for (let n = 0; n < 4; n += 1) codes.push((await client.call().configure().finish()).code);
    expect(codes).toEqual([status.OK, status.RESOURCE_EXHAUSTED, status.RESOURCE_EXHAUSTED, status.OK]);
    expect(service.fired).toHaveLength(1);
  });

  it('can be OK before the end of the audio', async () => {
    await using service = await faultyLevelMeter([{ kind: 'status', at: { sourceMs: 500 }, status: 'OK' }]);
    await using client = new WireClient(service);
    const call = client.call().configure().sendAudio(second, 1600);
    expect(await call.status).toMatchObject({ code: status.OK });
  });
});

/** The status of a call that was reset while it was written to: since Node 24, grpc-js calls the write that failed UNAVAILABLE. */
const statusOfReset = (code: status) => expect.toSatisfy((seen: status) => seen === code || seen === status.UNAVAILABLE);

describe('resets', () => {
  it.each([
    [2, status.INTERNAL],
    [7, status.UNAVAILABLE],
    [8, status.CANCELLED],
    [11, status.RESOURCE_EXHAUSTED],
  ])('of a call with HTTP/2 code %d are its status %d', async (code, expected) => {
    await using service = await faultyLevelMeter([{ kind: 'reset-call', at: { sourceMs: 500 }, code }]);
    await using client = new WireClient(service);
    expect(await client.call().configure().sendAudio(second, 1600).status).toMatchObject({ code: statusOfReset(expected) });
  });

  it.each([
    ['a source position', { sourceMs: 500 }],
    ['a number of bytes', { bytes: 20_000 }],
    ['an answer', { result: 0 }],
    ['a call', { call: 0 }],
  ])('of the connection come at %s', async (_, at) => {
    await using service = await faultyLevelMeter([{ kind: 'reset-connection', at }]);
    await using client = new WireClient(service);
    const call = client.call().configure().sendAudio(second, 1600);
    expect((await call.status).code).toBe(status.UNAVAILABLE);
    expect(service.fired).toHaveLength(1);
    await using again = new WireClient(service);
    expect((await again.call().configure().sendAudio(second, 1600).finish()).code).toBe(status.OK);
  });
});

describe('connections', () => {
  it('are refused as often as planned', async () => {
    await using service = await faultyLevelMeter([{ kind: 'refuse-connection', at: { connection: 0 }, times: 2 }]);
    for (const expected of [status.UNAVAILABLE, status.UNAVAILABLE, status.OK]) {
      await using client = new WireClient(service);
      expect((await client.call().configure().finish()).code).toBe(expected);
    }
  });

  it('are reset, and then refused, when that is due in the middle of a call', async () => {
    await using service = await faultyLevelMeter([{ kind: 'refuse-connection', at: { sourceMs: 700 } }]);
    const codes: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      await using client = new WireClient(service);
      codes.push((await client.call().configure().sendAudio(second, 1600).finish()).code);
    }
    expect(codes).toEqual([status.UNAVAILABLE, status.UNAVAILABLE, status.OK]);
    expect(service.fired).toMatchObject([{ call: 0, connection: 0 }]);
  });

  it('hang: they are accepted, and nothing is said', async () => {
    await using service = await faultyLevelMeter([{ kind: 'hang-connection', at: { connection: 0 } }]);
    await using client = new WireClient(service);
    const ready = new Promise((resolve) => client.grpc.waitForReady(Date.now() + 100, resolve));
    expect(await ready).toBeInstanceOf(Error);
    expect(service.connections).toBe(1);
    await using again = new WireClient(service);
    expect((await again.call().configure().finish()).code).toBe(status.OK);
  });

  it('allow no streams: a call on them hangs, and a new connection does not', async () => {
    await using service = await faultyLevelMeter([{ kind: 'max-streams', at: { connection: 0 } }]);
    await using client = new WireClient(service);
    const call = client.call();
    let written = 0;
    call.stream.write({ config: { sampleRateHertz: 16_000 } }, () => {
      written += 1;
    });
    await new Promise<void>((resolve, reject) => {
      client.grpc.waitForReady(Number.POSITIVE_INFINITY, (error) => (error ? reject(error) : resolve()));
    });
    expect(await settled(() => written)).toBe(0);
    call.stream.cancel();
    await using other = new WireClient(service);
    expect((await other.call().configure().finish()).code).toBe(status.OK);
  });

  it('say GOAWAY: the call lives on until its grace is over', async () => {
    await using service = await faultyLevelMeter([{ kind: 'goaway', at: { sourceMs: 500 }, graceMs: 300 }]);
    await using client = new WireClient(service);
    const call = client.call().configure().sendAudio(second.subarray(0, ANSWER_SAMPLES), 1600);
    const channel = client.grpc.getChannel();
    await expect.poll(() => channel.getConnectivityState(false)).not.toBe(connectivityState.READY);
    call.sendAudio(second.subarray(ANSWER_SAMPLES), 1600);
    await call.received(2);
    expect((await call.status).code).toBe(status.CANCELLED);
  });

  it('say GOAWAY for good: the call ends by itself', async () => {
    await using service = await faultyLevelMeter([{ kind: 'goaway', at: { sourceMs: 500 } }]);
    await using client = new WireClient(service);
    const call = client.call().configure().sendAudio(second, 1600);
    expect((await call.finish()).code).toBe(status.OK);
    expect(call.results).toHaveLength(2);
    await expect.poll(() => service.connections).toBe(0);
  });
});

describe('stalls', () => {
  it.each(['stall-reads', 'stall-connection'] as const)('%s: audio is no longer taken', async (kind) => {
    await using service = await faultyLevelMeter([{ kind, at: { call: 0 } }]);
    await using client = new WireClient(service);
    const call = client.call().configure();
    let taken = 0;
    const message = { audioContent: Buffer.alloc(32_000) };
    for (let n = 0; n < 60; n += 1) call.stream.write(message, () => (taken += 1));
    const stuckAt = await settled(() => taken);
    expect(stuckAt).toBeLessThan(20);
    expect(call.results).toHaveLength(0);
  });

  it.each(['stall-reads', 'stall-writes', 'stall-connection'] as const)(
    '%s for a time: everything comes after it',
    async (kind) => {
      await using service = await faultyLevelMeter([{ kind, at: { sourceMs: 500 }, forMs: 100 }]);
      await using client = new WireClient(service);
      const call = client.call().configure();
      call.sendAudio(minute, 4000);
      expect((await call.finish()).code).toBe(status.OK);
      expect(call.results).toHaveLength(120);
    },
  );

  it('stall-writes for good: audio is taken, and nothing is answered', async () => {
    await using service = await faultyLevelMeter([{ kind: 'stall-writes', at: { call: 0 } }]);
    await using client = new WireClient(service);
    const call = client.call().configure();
    let taken = 0;
    for (let n = 0; n < 60; n += 1) {
      call.stream.write(
        { cid: service.connection.cid, xAuthToken: service.connection.apiKey, audioContent: Buffer.alloc(32_000) },
        () => {
          taken += 1;
        },
      );
    }
    expect(await settled(() => taken)).toBe(60);
    expect(call.results).toHaveLength(0);
  });

  it('delay: answers come later, all of them and in order', async () => {
    await using service = await faultyLevelMeter([{ kind: 'delay', at: { call: 0 }, delayMs: 80 }]);
    await using client = new WireClient(service);
    const startedAt = performance.now();
    const call = client.call().configure().sendAudio(second, 1600);
    await call.received(1);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(79);
    expect((await call.finish()).code).toBe(status.OK);
    expect(call.results.map(({ messageId }) => messageId)).toEqual([0, 1]);
  });
});

describe('half-answers', () => {
  const script = [
    { afterMs: 200, send: scriptedResult({ level: 'segment', id: '1', startMs: 0, endMs: 2000, tasks: { gender: 'female' } }) },
    {
      afterMs: 300,
      send: {
        results: [
          ...scriptedResult({ level: 'segment', startMs: 2000, endMs: 4000, tasks: { gender: 'male' } }).results,
          ...scriptedResult({ level: 'utterance', startMs: 0, endMs: 4100, tasks: { gender: 'male', emotion: 'sad' } }).results,
        ],
      },
    },
  ] as const;
  const rowsAfter = async (kind: 'missing-utterance' | 'cut-result' | 'cut-message') => {
    await using service = await faultyLevelMeter([{ kind, at: { sourceMs: 100 } }], { service: undefined, script } as object);
    await using client = new WireClient(service);
    const call = client.call().configure().sendAudio(second, 1600);
    const { code } = await call.status;
    expect(service.fired).toHaveLength(1);
    return { code, rows: call.results.map(({ result }) => result.map(({ level, task }) => `${level} ${task}`)) };
  };

  it('stop before the utterance, after its segments', async () => {
    expect(await rowsAfter('missing-utterance')).toEqual({
      code: statusOfReset(status.INTERNAL),
      rows: [['segment gender'], ['segment gender']],
    });
  });

  it('stop in the middle of a result', async () => {
    expect(await rowsAfter('cut-result')).toEqual({
      code: statusOfReset(status.INTERNAL),
      rows: [['segment gender'], ['segment gender']],
    });
  });

  it('stop in the middle of a message', async () => {
    expect(await rowsAfter('cut-message')).toEqual({ code: statusOfReset(status.INTERNAL), rows: [] });
  });
});

describe('results that are wrong', () => {
  const firstResult = async (kind: Extract<Fault['kind'], `${string}-${'id' | 'pid' | 'task' | 'label' | 'result'}`>) => {
    await using service = await faultyLevelMeter([{ kind, at: { result: 0 } } as Fault]);
    await using client = new WireClient(service);
    const call = client.call().configure().sendAudio(second, 1600);
    const { code } = await call.finish();
    expect(service.fired).toMatchObject([{ fault: { kind }, call: 0, connection: 0 }]);
    return { code, results: call.results };
  };

  it('have the id of another utterance, or of another process', async () => {
    expect((await firstResult('wrong-id')).results.map(({ result }) => result[0]?.id)).toEqual(['no-such-utterance', '1']);
    expect((await firstResult('wrong-pid')).results.map(({ pid }) => pid)).toEqual(['9007199254740993', '1']);
  });

  it('have a task, or a label, that nobody knows', async () => {
    const { results: tasks } = await firstResult('unknown-task');
    expect(tasks[0]?.result.map(({ task, finalLabel }) => [task, finalLabel])).toEqual([
      ['loudness', ''],
      ['charisma', 'spellbinding'],
    ]);
    const { results: labels } = await firstResult('unknown-label');
    expect(labels[0]?.result[0]).toMatchObject({ task: 'loudness', finalLabel: 'unheard of' });
  });

  it('come twice', async () => {
    expect((await firstResult('repeated-result')).results.map(({ messageId }) => messageId)).toEqual([0, 0, 1]);
  });

  it('are no messages at all', async () => {
    expect(await firstResult('garbled-result')).toEqual({ code: status.INTERNAL, results: [] });
  });

  it('are larger than clients accept', async () => {
    const { code, results } = await firstResult('oversize-result');
    expect({ code, results: results.length }).toEqual({ code: status.RESOURCE_EXHAUSTED, results: 0 });
  });
});

describe('over TLS', () => {
  it('shows a certificate that its authority vouches for', async () => {
    await using service = await faultyLevelMeter([], { tls: true });
    const { ca } = service.connection.tls!;
    await using client = new WireClient(service, credentials.createSsl(Buffer.from(ca)));
    expect((await client.call().configure().finish()).code).toBe(status.OK);
    await using stranger = new WireClient(service, credentials.createSsl());
    expect((await stranger.call().configure().status).code).toBe(status.UNAVAILABLE);
  });

  it.each([
    ['expired', /expired/],
    ['wrong-name', /altnames|does not match/],
    ['unknown-ca', /unable to verify|self-signed|unable to get/],
  ] as const)('shows one that is wrong: %s', async (certificate, reason) => {
    await using service = await faultyLevelMeter([{ kind: 'wrong-certificate', at: { connection: 0 }, certificate }], {
      tls: true,
    });
    const channelCredentials = credentials.createSsl(Buffer.from(service.connection.tls!.ca));
    await using client = new WireClient(service, channelCredentials);
    expect(await client.call().configure().status).toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringMatching(reason),
    });
    await using again = new WireClient(service, channelCredentials);
    expect((await again.call().configure().finish()).code).toBe(status.OK);
  });
});
