import { describe, expect, it } from 'vitest';
import { findSpeech } from '../../../src/vad/evidence/index.js';
import { joined, recording, whiteNoise } from '../../engine/support/recordings.js';
import { KNOWN_CALLS } from '../../support/known-calls.js';
import { SOUNDS_WITHOUT_SPEECH, sound } from '../../support/sounds.js';

const certainMs = async (pcm: Int16Array, sampleRate: number) =>
  (await findSpeech(pcm, sampleRate)).reduce((sum, spurt) => sum + spurt.certainMs, 0);

function inNoise(speech: Int16Array, snrDb: number): Int16Array {
  const power = speech.reduce((sum, sample) => sum + sample * sample, 0) / speech.length;
  const amplitude = Math.sqrt(3 * power) / 10 ** (snrDb / 20);
  const noise = whiteNoise(speech.length, amplitude);
  return speech.map((sample, i) => Math.max(-32_768, Math.min(32_767, sample + noise[i]!)));
}

const people = KNOWN_CALLS.filter(({ file }) => file.includes('humans'));

describe('speech', () => {
  it.each(people)('is found in $file, channel $channel, each spurt in its place', async ({ file, channel, spans }) => {
    const { samples, sampleRate } = recording(file, channel);
    const spurts = await findSpeech(samples, sampleRate);
    expect(spurts.reduce((sum, spurt) => sum + spurt.certainMs, 0)).toBeGreaterThan(3000);
    for (const { startMs, endMs } of spurts) {
      const inside = spans.some(([start, end]) => startMs > start * 1000 - 300 && endMs < end * 1000 + 700);
      expect(inside, `${startMs} to ${endMs}`).toBe(true);
    }
    // Nothing is said after the last word.
    const last = spurts.at(-1)!;
    expect(Math.abs((samples.length / sampleRate) * 1000 - last.endMs - last.quietAfterMs)).toBeLessThan(20);
  });

  it.each(people)('is found 10 dB above noise in $file, channel $channel', async ({ file, channel }) => {
    const { samples, sampleRate } = recording(file, channel);
    expect(await certainMs(inNoise(samples, 10), sampleRate)).toBeGreaterThan(3000);
  });

  it('is found at other rates, and 20 dB quieter', async () => {
    const { samples, sampleRate } = recording('call/humans_mulaw_8k.wav', 0);
    const wide = Int16Array.from({ length: samples.length * 2 }, (_, i) => samples[i >> 1]!);
    expect(await certainMs(wide, sampleRate * 2)).toBeGreaterThan(5000);
    expect(
      await certainMs(
        samples.map((sample) => sample / 10),
        sampleRate,
      ),
    ).toBeGreaterThan(5000);
  });

  it('is found after music, and the music stays out of it', async () => {
    const { samples } = recording('call/humans_mulaw_8k.wav', 1);
    const music = sound('chords with drums', 15, 8000);
    const spurts = await findSpeech(joined([music, samples], 8000), 8000);
    expect(spurts.length).toBeGreaterThan(0);
    expect(spurts[0]!.startMs).toBeGreaterThan(15_000);
  });

  it('is not claimed in less than seven seconds', async () => {
    const { samples } = recording('call/humans_mulaw_8k.wav', 0);
    expect(await findSpeech(samples.subarray(0, 6.9 * 8000), 8000)).toEqual([]);
    expect(await findSpeech(new Int16Array(0), 8000)).toEqual([]);
  });
});

describe('what nobody says', () => {
  it.each(SOUNDS_WITHOUT_SPEECH)('is no speech: %s', async (name) => {
    for (const sampleRate of [8000, 16_000]) {
      expect(await findSpeech(sound(name, 20, sampleRate), sampleRate), `${sampleRate} Hz`).toEqual([]);
    }
  });

  it.each(SOUNDS_WITHOUT_SPEECH)('is no speech in noise either: %s', async (name) => {
    expect(await findSpeech(inNoise(sound(name, 20, 8000, 4000), 15), 8000)).toEqual([]);
  });
});

describe('the search', () => {
  it('lets the event loop turn', async () => {
    const audio = joined([recording('call/humans_mulaw_8k.wav', 0).samples], 20 * 8000);
    await findSpeech(audio, 8000);
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await findSpeech(audio, 8000);
    isOver = true;
    // 45 s of audio are some 90 ms of work.
    expect(turns).toBeGreaterThan(8);
  });

  it('stops when it is told to', async () => {
    const search = new AbortController();
    const found = findSpeech(recording('call/humans_mulaw_8k.wav', 0).samples, 8000, search.signal);
    search.abort();
    expect(await found).toEqual([]);
  });
});
