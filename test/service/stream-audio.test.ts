import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StreamResult__Output } from '../../src/grpc/proto/types/behavioral_api/grpc/v1/StreamResult.js';
import { PredictionAssembler } from '../../src/predictions/index.js';
import { type LocalService, startLocalService } from '../../src/service/index.js';
import { party } from './recording.js';
import { WireClient } from './wire-client.js';

describe('a recorded call streamed to the local engine', () => {
  let service: LocalService;
  let client: WireClient;
  beforeAll(async () => {
    service = await startLocalService({ vad: 'light' });
    client = new WireClient(service);
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await service.close();
  });

  async function stream(channel: 'agent' | 'customer', messageMs: number, config = {}): Promise<StreamResult__Output[]> {
    const { samples, sampleRate } = party(channel);
    const call = client.call().configure({ sampleRateHertz: sampleRate, ...config });
    expect(await call.sendAudio(samples, (messageMs * sampleRate) / 1000).finish()).toMatchObject({ code: status.OK });
    return call.results;
  }

  it('gives the woman who speaks her utterances, where she speaks, with what can be measured', async () => {
    const results = await stream('agent', 250);
    const assembler = new PredictionAssembler();
    const locate = (start: number, end: number) => ({ startMs: start * 1000, endMs: end * 1000 });
    const predictions = results.flatMap((result) => assembler.assemble(result, { epoch: 0, engine: 'local', locate }));
    const utterances = predictions.filter(({ level }) => level === 'utterance');
    // The recording's ground truth: she speaks from 0.8 to 3.5 s and from 8.6 to 11.9 s, and briefly at 12.8 s.
    const spans = utterances.map(({ startMs, endMs }) => [Math.round(startMs / 250) * 250, Math.round(endMs / 250) * 250]);
    expect(spans.slice(0, 2)).toEqual([
      [750, 3500],
      [8500, expect.any(Number)],
    ]);
    for (const { tasks } of utterances.slice(0, 2)) {
      expect(Object.keys(tasks)).toEqual(expect.arrayContaining(['gender', 'strength', 'intensity', 'speaking_rate']));
      expect(tasks.gender?.label).toBe('female');
      expect(tasks.intensity?.score).toBeGreaterThan(0);
    }
    expect(predictions.filter(({ level }) => level === 'segment').length).toBeGreaterThanOrEqual(2);
  });

  it('says who streamed: the project, a process id that counts up, and message ids from 0', async () => {
    const [first, second] = [await stream('agent', 250), await stream('customer', 250)];
    expect(first.map(({ cid }) => cid)).toEqual(first.map(() => service.connection.cid));
    expect(first.map(({ messageId }) => messageId)).toEqual(first.map((_, index) => index));
    const pids = [first, second].map((results) => [...new Set(results.map(({ pid }) => Number(pid)))]);
    expect(pids[1]).toEqual([pids[0]![0]! + 1]);
  });

  it('puts all tasks of one segment or utterance into one message, its numbers as the documentation writes them', async () => {
    for (const { result } of await stream('agent', 250)) {
      expect(new Set(result.map(({ id, level, startTime, endTime }) => [id, level, startTime, endTime].join())).size).toBe(1);
      for (const { startTime, endTime, prediction, finalLabel } of result) {
        expect([startTime, endTime].join()).toMatch(/^\d+\.\d{2,3},\d+\.\d{2,3}$/);
        const numbers = prediction.map(({ posterior, score }) => posterior ?? score);
        for (const number of numbers) expect(number).toMatch(/^\d(\.\d{1,4}|e-0[1-4])$/);
        expect(numbers.map(Number)).toEqual(numbers.map(Number).toSorted((a, b) => b - a));
        if (finalLabel !== '') expect(prediction.map(({ label }) => label)).toContain(finalLabel);
      }
    }
  });

  it('gives the same results however the audio is cut into messages', async () => {
    const anonymous = (results: StreamResult__Output[]) => results.map(({ pid: _, ...rest }) => rest);
    const reference = anonymous(await stream('customer', 250));
    expect(reference.length).toBeGreaterThan(1);
    expect(anonymous(await stream('customer', 20))).toEqual(reference);
    expect(anonymous(await stream('customer', 1000))).toEqual(reference);
  });

  it('gives only the level that was asked for', async () => {
    const levels = async (level: 'segment' | 'utterance') =>
      new Set((await stream('agent', 250, { level })).flatMap(({ result }) => result.map((row) => row.level)));
    expect(await levels('segment')).toEqual(new Set(['segment']));
    expect(await levels('utterance')).toEqual(new Set(['utterance']));
  });

  it('gives logits when they are asked for', async () => {
    const logits = (results: StreamResult__Output[]) =>
      results.flatMap(({ result }) => result.flatMap(({ prediction }) => prediction.map(({ logit }) => logit)));
    expect(logits(await stream('agent', 250, { logits: true })).every((logit) => logit !== undefined)).toBe(true);
    expect(logits(await stream('agent', 250)).every((logit) => logit === undefined)).toBe(true);
  });

  it('answers silence with nothing but OK', async () => {
    const call = client.call().configure();
    expect(await call.sendAudio(new Int16Array(48_000), 4000).finish()).toMatchObject({ code: status.OK });
    expect(call.results).toEqual([]);
  });

  it('answers no audio at all with nothing but OK', async () => {
    expect(await client.call().configure().finish()).toMatchObject({ code: status.OK });
  });

  it('does not assess deepfakes: both labels alike, none final', async () => {
    const { samples, sampleRate } = party('agent');
    const call = client.call('DeepfakeDetection').configure({ sampleRateHertz: sampleRate, level: 'utterance' });
    await call.sendAudio(samples, 2000).finish();
    const rows = call.results.flatMap(({ result }) => result);
    expect(rows.length).toBeGreaterThan(0);
    for (const { task, finalLabel, prediction } of rows) {
      expect({ task, finalLabel }).toEqual({ task: 'deepfake', finalLabel: '' });
      expect(prediction.map(({ posterior }) => posterior)).toEqual(['0.5', '0.5']);
    }
  });
});
