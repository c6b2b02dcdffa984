import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStreamResult, printStreamResult, type StreamResultJson } from '../../src/predictions/index.js';

const documented: StreamResultJson = JSON.parse(readFileSync(new URL('documented-example.json', import.meta.url), 'utf8'));

describe('the documented example', () => {
  it('is one segment with nine tasks, its numbers numbers', () => {
    const predictions = parseStreamResult(documented);
    expect(predictions).toHaveLength(1);
    const [segment] = predictions;
    expect(segment).toMatchObject({
      level: 'segment',
      id: '2',
      pid: '44676',
      cid: '10000119',
      messageId: 0,
      revision: 0,
      epoch: 0,
    });
    expect(segment).toMatchObject({ startTime: 0, endTime: 2, startMs: 0, endMs: 2000, engine: 'remote' });
    expect(segment?.tasks.emotion?.label).toBe('neutral');
    expect(segment?.tasks.emotion?.top).toEqual({ label: 'neutral', posterior: 0.5481 });
    expect(segment?.tasks.emotion?.predictions.map((entry) => entry.posterior)).toEqual([0.5481, 0.4272, 0.0186, 0.0061]);
    expect(segment?.tasks.age?.predictions[2]).toEqual({ label: '23 - 30', posterior: 0.0001, dominantInSegments: null });
    expect(segment?.tasks.features).toEqual({ predictions: [{ dominantInSegments: null }] });
  });

  it('prints back to the identical text', () => {
    expect(JSON.stringify(printStreamResult(parseStreamResult(documented)))).toBe(JSON.stringify(documented));
  });

  it('needs no kept text for that: the numbers print as the service writes them', () => {
    expect(JSON.stringify(parseStreamResult(documented))).not.toContain('"raw"');
  });

  it('prints back to the identical text after the predictions were stored as JSON', () => {
    const stored = JSON.parse(JSON.stringify(parseStreamResult(documented)));
    expect(stored).toStrictEqual(parseStreamResult(documented));
    expect(JSON.stringify(printStreamResult(stored))).toBe(JSON.stringify(documented));
  });
});

describe('what the service may send beside that', () => {
  const row = documented.results[1]!;

  it('keeps the text of numbers that it would print differently, and of fields it does not know', () => {
    const odd = {
      ...documented,
      results: [
        {
          ...row,
          startTime: '0.0',
          endTime: '10.000',
          st: 0,
          et: 10,
          embedding: '[0.5,1]',
          level: 'utterance',
          speaker: 'A',
          finalLabel: null,
          prediction: [
            { label: 'male', posterior: '0.50', dominantInSegments: [0, 3] },
            { label: null, posterior: 'n/a', dominantInSegments: null, rank: 2 },
          ],
        },
      ],
    };
    const [utterance] = parseStreamResult(odd);
    expect(utterance).toMatchObject({ level: 'utterance', endTime: 10 });
    expect(utterance?.tasks.gender?.embedding).toEqual([0.5, 1]);
    expect(utterance?.tasks.gender).not.toHaveProperty('label');
    expect(utterance?.tasks.gender?.predictions[0]?.dominantInSegments).toEqual([0, 3]);
    expect(utterance?.tasks.gender?.predictions[1]).not.toHaveProperty('posterior');
    expect(printStreamResult(JSON.parse(JSON.stringify([utterance])))).toEqual(odd);
  });

  it('passes unknown tasks and labels through, whatever their names', () => {
    const named = ['sarcasm', '__proto__', 'constructor', '7', ''].map((task) => ({
      ...row,
      task,
      prediction: [{ label: 'dry', posterior: '0.9', dominantInSegments: null }],
      finalLabel: 'dry',
    }));
    const [prediction] = parseStreamResult({ ...documented, results: named });
    expect(Object.keys(prediction!.tasks).sort()).toEqual(['', '7', '__proto__', 'constructor', 'sarcasm']);
    expect(prediction?.tasks.sarcasm?.top).toEqual({ label: 'dry', posterior: 0.9 });
    expect(({} as Record<string, unknown>).label).toBeUndefined();
  });

  it('takes an embedding as Python writes it, and prints it the same without keeping its text twice', () => {
    const text = '[0.25, -1.0, 1e-05, 0.0001, 123456.0]';
    const [prediction] = parseStreamResult({ ...documented, results: [{ ...row, task: 'features', embedding: text }] });
    expect(prediction?.tasks.features?.embedding).toEqual([0.25, -1, 1e-5, 1e-4, 123456]);
    expect(prediction?.tasks.features).not.toHaveProperty('raw');
    expect(printStreamResult([prediction!]).results[0]?.embedding).toBe(text);
  });

  it('holds ids of 64 bits exactly', () => {
    const wide = { ...documented, pid: '9223372036854775807', cid: 10000119 };
    const predictions = parseStreamResult(wide);
    expect(predictions[0]?.pid).toBe('9223372036854775807');
    expect(printStreamResult(predictions)).toEqual(wide);
  });

  it('refuses to print predictions of several messages as one', () => {
    const both = [...parseStreamResult(documented), ...parseStreamResult({ ...documented, message_id: 1 })];
    expect(() => printStreamResult(both)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option: 'predictions' }));
  });
});

describe('any message', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true }).map(String),
    fc.constantFrom('', '1e-04', '0.50', '1.0', '-0.0', 'NaN', 'x'),
  );
  const label = fc.record({
    label: fc.constantFrom('a', 'b', ''),
    posterior: number,
    dominantInSegments: fc.option(fc.array(fc.nat())),
  });
  const task = fc.record({ task: fc.string(), prediction: fc.array(label), finalLabel: fc.string(), embedding: number });

  it('in the documented form prints back the same', () => {
    const message = fc.record({
      pid: fc.nat(),
      cid: fc.nat(),
      message_id: fc.nat(),
      results: fc
        .record({ id: fc.string(), level: fc.constantFrom('segment', 'utterance'), startTime: number, endTime: number })
        .chain((place) =>
          fc.uniqueArray(task, { minLength: 1, selector: (row) => row.task }).map((rows) =>
            rows
              // JavaScript orders properties that look like array indices before others.
              .filter((row) => !/^\d+$/.test(row.task))
              .map((row) => ({ ...place, ...row, st: toNumber(place.startTime), et: toNumber(place.endTime) })),
          ),
        ),
    });
    fc.assert(
      fc.property(message, (json) => {
        const predictions = parseStreamResult(json);
        const stored = JSON.parse(JSON.stringify(predictions));
        expect(stored).toStrictEqual(predictions);
        if (json.results.length > 0) expect(printStreamResult(stored)).toEqual(json);
      }),
    );
  });

  it('of any other shape is read without an error', () => {
    const fields = ['id', 'startTime', 'endTime', 'task', 'prediction', 'finalLabel', 'level', 'embedding', 'st', 'et'];
    const row = fc.dictionary(fc.constantFrom(...fields), fc.jsonValue());
    const message = fc.record(
      { pid: fc.jsonValue(), cid: fc.jsonValue(), message_id: fc.jsonValue(), results: fc.oneof(fc.jsonValue(), fc.array(row)) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(message, (json) => {
        const predictions = parseStreamResult(json as unknown as StreamResultJson);
        for (const { startMs, endMs } of predictions) expect([startMs, endMs].every(Number.isFinite)).toBe(true);
        printStreamResult(predictions);
      }),
    );
  });
});

function toNumber(text: string): number | null {
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) + 0 : null;
}
