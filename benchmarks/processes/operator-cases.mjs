// @ts-check
// Each operator alone on prepared input, and beside it the bare work: the same codec or loop without RxJS, chunks and flow.
import { readFile } from 'node:fs/promises';
import loadSpeex from '@echogarden/speex-resampler-wasm/simd';
import alawmulaw from 'alawmulaw';
import { channel, chunk, decode, gateSilence, mapAsync, resample, splitChannels, toPcm16le } from 'behavioral-signals-rx';
import { loadLightVad, SpeechDetector } from 'behavioral-signals-rx/vad';
import { MPEGDecoder } from 'mpg123-decoder';
import { mergeMap } from 'rxjs';

const events = { next: () => {} };
const flow = { hold: () => () => {} };
const PIECE_BYTES = 64 * 1024;
/** Length of decoded pieces, as decode() emits them. */
const PIECE_MS = 250;
/** The one that src/audio/resampler/resampler.ts uses. */
const QUALITY = 5;

/**
 * @typedef {object} OperatorCase
 * @property {string} name
 * @property {any[]} input What the operator gets.
 * @property {import('rxjs').OperatorFunction<any, any>} operator
 * @property {() => void | Promise<void>} bare The same result without the operator.
 * @property {string} bareName
 */

/** @param {Buffer} bytes */
function pieces(bytes) {
  return Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, i) =>
    bytes.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES),
  );
}

/** @param {number} sampleRate @param {number} channels @param {number} seconds */
function floatPieces(sampleRate, channels, seconds) {
  const source = { label: 'benchmark' };
  const length = (sampleRate * PIECE_MS) / 1000;
  return Array.from({ length: (seconds * 1000) / PIECE_MS }, (_, index) => {
    const data = Array.from({ length: channels }, (_, c) =>
      Float32Array.from({ length }, (_, i) => 0.5 * Math.sin((c + 1) * 0.05 * i)),
    );
    return {
      data,
      format: { encoding: 'float32', channels, sampleRate },
      length,
      timing: { source, position: index * length },
      flow,
    };
  });
}

/** @param {number} seconds @param {number} lengthMs */
function pcmPieces(seconds, lengthMs) {
  const source = { label: 'benchmark' };
  const length = 16 * lengthMs;
  return Array.from({ length: (seconds * 1000) / lengthMs }, (_, index) => ({
    data: Buffer.alloc(length * 2, index),
    format: { encoding: 's16le', channels: 1, sampleRate: 16_000 },
    length,
    timing: { source, position: index * length },
    flow,
  }));
}

/** @param {string} name @param {string} file @param {string} bareName @param {(data: Buffer) => void | Promise<void>} bare @returns {Promise<OperatorCase>} */
async function decodeCase(name, file, bareName, bare) {
  const bytes = await readFile(file);
  const source = { label: 'benchmark' };
  return {
    name: `decode ${name}`,
    input: pieces(bytes).map((data) => ({ data, source, flow })),
    operator: decode({ events }),
    bareName,
    bare: async () => {
      for (const piece of pieces(bytes)) await bare(piece);
    },
  };
}

/** @param {number} from @param {number} to @param {number} seconds @returns {Promise<OperatorCase>} */
async function resampleCase(from, to, seconds) {
  const speex = await loadSpeex();
  const input = floatPieces(from, 1, seconds);
  const [inLength, outLength] = [(from * PIECE_MS) / 1000, Math.ceil((to * PIECE_MS) / 1000) + 64];
  const memory = speex._malloc(8 + 4 * (inLength + outLength));
  const [inAt, outAt] = [memory + 8, memory + 8 + 4 * inLength];
  const state = speex._speex_resampler_init(1, from, to, QUALITY, memory);
  return {
    name: `resample ${from / 1000} kHz to ${to / 1000} kHz`,
    input,
    operator: resample(to),
    bareName: 'Speex in WASM, same quality',
    bare: () => {
      for (const { data } of input) {
        speex.HEAPF32.set(data[0], inAt / 4);
        speex.HEAPU32[memory / 4] = inLength;
        speex.HEAPU32[memory / 4 + 1] = outLength;
        speex._speex_resampler_process_float(state, 0, inAt, memory, outAt, memory + 4);
        speex.HEAPF32.slice(outAt / 4, outAt / 4 + speex.HEAPU32[memory / 4 + 1]);
      }
    },
  };
}

/** On speech, at 8 kHz as calls are. @param {string} file @returns {Promise<OperatorCase>} */
async function gateCase(file) {
  const source = { label: 'benchmark' };
  const bytes = await readFile(file);
  const samples = alawmulaw.mulaw.decode(bytes.subarray(bytes.indexOf('data', 12, 'latin1') + 8));
  const length = 160;
  const packets = Array.from({ length: Math.floor(samples.length / length) }, (_, i) =>
    samples.slice(i * length, (i + 1) * length),
  );
  const vad = await loadLightVad();
  return {
    name: 'gateSilence of 20 ms packets, 8 kHz',
    input: packets.map(({ buffer }, index) => ({
      data: Buffer.from(buffer),
      format: { encoding: 's16le', channels: 1, sampleRate: 8000 },
      length,
      timing: { source, position: index * length },
      flow,
    })),
    operator: gateSilence({ events }),
    bareName: 'the light VAD',
    bare: async () => {
      const detector = await SpeechDetector.open(vad, { sampleRate: 8000 });
      for (const packet of packets) detector.push(packet);
      detector.close();
    },
  };
}

/** @param {Float32Array[]} channels */
function mixToInt16(channels) {
  const out = new Int16Array(channels[0].length);
  for (let i = 0; i < out.length; i += 1) {
    let sum = 0;
    for (const samples of channels) sum += samples[i];
    out[i] = Math.max(-32768, Math.min(32767, Math.round((sum / channels.length) * 32768)));
  }
  return out;
}

/** @param {Buffer} bytes @param {number} channels */
function int16ToFloat(bytes, channels) {
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  const planes = Array.from({ length: channels }, () => new Float32Array(samples.length / channels));
  for (let i = 0; i < planes[0].length; i += 1)
    for (let c = 0; c < channels; c += 1) planes[c][i] = samples[i * channels + c] / 32768;
  return planes;
}

/** All cases, for files of `seconds` each. @param {{ wav: string, mulaw: string, mp3: string, seconds: number }} files @returns {Promise<OperatorCase[]>} */
export async function operatorCases({ wav, mulaw, mp3, seconds }) {
  const mpg123 = new MPEGDecoder();
  await mpg123.ready;
  const [mono, stereo] = [floatPieces(16_000, 1, seconds), floatPieces(16_000, 2, seconds)];
  const [packets, quarters] = [pcmPieces(seconds, 20), pcmPieces(seconds, 250)];
  return [
    await decodeCase('WAV, 48 kHz stereo', wav, 'a loop', (data) => void int16ToFloat(data, 2)),
    await decodeCase('WAV mu-law, 8 kHz mono', mulaw, 'alawmulaw and a loop', (data) => {
      const samples = alawmulaw.mulaw.decode(data);
      int16ToFloat(Buffer.from(samples.buffer), 1);
    }),
    await decodeCase('MP3, 44.1 kHz stereo', mp3, 'mpg123 in WASM', (data) => void mpg123.decode(data)),
    await resampleCase(48_000, 16_000, seconds),
    await resampleCase(44_100, 16_000, seconds),
    await resampleCase(8_000, 16_000, seconds),
    {
      name: 'toPcm16le, mono',
      input: mono,
      operator: toPcm16le({ events }),
      bareName: 'a loop',
      bare: () => void mono.map(({ data }) => mixToInt16(data)),
    },
    {
      name: 'toPcm16le, stereo',
      input: stereo,
      operator: toPcm16le({ events }),
      bareName: 'a loop',
      bare: () => void stereo.map(({ data }) => mixToInt16(data)),
    },
    {
      name: 'chunk(250) of 20 ms packets',
      input: packets,
      operator: chunk(250),
      bareName: 'Buffer.concat()',
      bare: () => {
        for (let i = 0; i < packets.length; i += 12.5) Buffer.concat(packets.slice(i, i + 13).map(({ data }) => data));
      },
    },
    {
      name: 'channel(1)',
      input: stereo,
      operator: channel(1),
      bareName: 'a loop',
      bare: () => void stereo.map(({ data }) => [data[1]]),
    },
    {
      name: 'splitChannels, merged again',
      input: stereo,
      operator: (input) =>
        input.pipe(
          splitChannels(),
          mergeMap(({ audio$ }) => audio$),
        ),
      bareName: 'a loop',
      bare: () => void stereo.flatMap(({ data }) => data.map((samples) => [samples])),
    },
    await gateCase(mulaw),
    {
      name: 'mapAsync of 250 ms chunks',
      input: quarters,
      operator: mapAsync(async (chunk) => chunk),
      bareName: 'an async loop',
      bare: async () => {
        for (const chunk of quarters) await (async () => chunk)();
      },
    },
  ];
}
