import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../evaluation/evaluate.js';
import { readGroundTruth } from '../../evaluation/ground-truth.js';
import { distinct, type Report } from '../../evaluation/report.js';
import { fixturePath } from '../support/decoding.js';

describe('npm run evaluate on the test fixtures, with the light VAD', () => {
  let report: Report;
  const lines: string[] = [];
  beforeAll(async () => {
    report = await evaluate(fixturePath('.'), 'light', (text) => lines.push(text));
  });
  const measured = (name: string) => report.measures.find((measure) => measure.name === name)!;

  it('names the material, the VAD and the engine, and tells its progress', () => {
    expect(report).toMatchObject({ vad: 'light', engine: 'local-dsp/1 vad=light', skipped: [] });
    expect(report.material).toMatch(/^fixtures \(13 recordings, \d\.\d minutes of channels\)$/);
    expect(lines).toContainEqual(expect.stringContaining('mono/rate_slt_x100.wav'));
  });

  it('finds what the engine is known to do', () => {
    expect(measured('VAD frame F1, as recorded').value).toBeGreaterThan(0.93);
    expect(measured('VAD frame F1, white noise at 5 dB').value).toBeGreaterThan(0.75);
    expect(measured('onset error, median').value).toBeLessThan(40);
    expect(measured('gender, utterances of 2 s and more, by voice')).toMatchObject({ value: 1, target: '>= 0.95', pass: true });
    expect(measured('same text faster and faster, pairs in order')).toMatchObject({ value: 1, pass: true });
    expect(measured('utterances on noise, tones and silence')).toMatchObject({ value: 0, pass: true });
    expect(measured('mu-law, 8 kHz: mean change of the posteriors').value).toBeLessThan(0.05);
    expect(measured('throughput with VAD, by CPU time of one core').value).toBeGreaterThan(1);
  });

  it('says pass or fail of every target, and of nothing else', () => {
    for (const { target, pass, value } of report.measures)
      expect(pass === undefined).toBe(target === undefined || value === null);
    expect(report.measures.filter(({ target }) => target !== undefined).length).toBeGreaterThanOrEqual(12);
  });
});

describe('a truth', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'truth-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (content: unknown) => {
    writeFileSync(path.join(folder, 'ground_truth.json'), typeof content === 'string' ? content : JSON.stringify(content));
    return readGroundTruth(folder);
  };
  writeFileSync(path.join(folder, 'a.wav'), '');
  const item = { file: 'a.wav', speech: [{ start: 1, end: 2 }] };

  it('that is missing is missed by name', async () => {
    await expect(readGroundTruth(path.join(folder, 'nowhere'))).rejects.toThrow(/There is no ground_truth\.json in .*nowhere/);
  });

  it.each([
    ['{', /is not JSON/],
    [{}, /"items" must be a list/],
    [{ items: [{ file: 'a.wav', kind: 'corrupt' }] }, /no item with "speech"/],
    [{ items: [{ speech: [] }] }, /items\[0\]: "file" is missing/],
    [{ items: [item, { file: 'b.wav', speech: [] }] }, /names files that are not in .*: b\.wav/],
    [
      { items: [{ ...item, speech: [{ start: 2, end: 1 }] }] },
      /items\[0\] \(a\.wav\)\.speech\[0\]: "start" and "end" must be seconds/,
    ],
    [
      { items: [{ ...item, utterances: [{ start: 1, end: 2, gender: 'neither' }] }] },
      /"gender" must be "male" or "female", not "neither"/,
    ],
    [{ items: [{ ...item, utterances: [{ start: 1, end: 2, syllables: '4' }] }] }, /"syllables" must be a number/],
  ])('%j is refused with the place and the reason', async (content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });

  it('of one party of a call is the same in the call and in a recording of its own', async () => {
    const call = (file: string, ...sides: number[]) => {
      writeFileSync(path.join(folder, file), '');
      const spans = sides.map((start, channel) => ({ start, end: start + 1, channel }));
      return { file, speech: spans, utterances: spans.map((span) => ({ ...span, voice: `voice ${span.start}`, syllables: 5 })) };
    };
    const { recordings } = await read({ items: [call('b.wav', 1, 3), call('b.mp3', 1, 3), call('c.amr', 3)] });
    const heard = recordings.flatMap((recording) => recording.speech.map((_, channel) => ({ recording, channel })));
    expect(distinct(heard).map(({ recording: { file }, channel }) => [file, channel])).toEqual([
      ['b.wav', 0],
      ['b.wav', 1],
    ]);
  });

  it('with fields that nobody knows is read, and says so', async () => {
    const { recordings, unknownFields } = await read({
      items: [{ ...item, weather: 'fine', utterances: [{ start: 1, end: 2, mood: 'bad' }] }],
    });
    expect(unknownFields).toEqual(['items[].weather', 'utterances[].mood']);
    expect(recordings).toMatchObject([{ file: 'a.wav', speech: [[{ start: 1, end: 2 }]], noisy: false }]);
  });

  it('about audio that nobody can read leaves nothing to evaluate', async () => {
    await read({ items: [item] });
    await expect(evaluate(folder, 'light')).rejects.toThrow(/None of the recordings in .* could be read: a\.wav/);
  });
});
