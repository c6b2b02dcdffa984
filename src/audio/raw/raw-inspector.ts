import { startsWith } from '../ascii.js';
import { deinterleave, type SampleFormat, sampleBytes } from '../sample-format/index.js';
import { sniff } from '../sniff/index.js';
import type { ResolvedRawFormat } from './raw-format.js';

/** Bytes of the beginning that are compared with what files begin with, and read in other formats. */
const SAMPLE_BYTES = 32 * 1024;
/** Bytes of a RIFF chunk's header up to its type. */
const RIFF_HEADER_BYTES = 12;
/** Bytes before and after a seam between two blocks that a header across it can take. */
const SEAM_BYTES = RIFF_HEADER_BYTES - 1;
/** Correlation of neighbouring samples below which audio is noise, and above which it is surely audio. */
const NOISE_CORRELATION = 0.3;
const AUDIO_CORRELATION = 0.8;

const ALTERNATIVES: readonly SampleFormat[] = ['s16le', 's16be', 'mulaw', 'alaw', 'float32le', 's24le', 's32le', 'u8'];

/** Looks for signs that bytes are not the raw samples they are said to be; reports each kind of sign once. */
export class RawInspector {
  readonly #raw: ResolvedRawFormat;
  readonly #report: (message: string) => void;
  /** The beginning, until it has been looked at. */
  #sample: Uint8Array | undefined = new Uint8Array(SAMPLE_BYTES);
  #looksForRiff = true;
  /** The last bytes that came, with room for the next. */
  readonly #seam = new Uint8Array(2 * SEAM_BYTES);
  #seamLength = 0;
  #received = 0;

  constructor(raw: ResolvedRawFormat, report: (message: string) => void) {
    this.#raw = raw;
    this.#report = report;
  }

  push(bytes: Uint8Array): void {
    if (this.#looksForRiff) this.#findRiff(bytes);
    const start = this.#received;
    this.#received += bytes.length;
    if (!this.#sample) return;
    if (start < SAMPLE_BYTES) this.#sample.set(bytes.subarray(0, SAMPLE_BYTES - start), start);
    if (this.#received >= SAMPLE_BYTES) this.end();
  }

  /** The input ended, or has gone on for long enough. */
  end(): void {
    const sample = this.#sample?.subarray(0, this.#received);
    this.#sample = undefined;
    if (sample && !this.#compareHead(sample)) this.#compareFormats(sample);
  }

  /** Searches what came, and the seam with what came before it. Blocks come 50 times a second: nothing is allocated for them. */
  #findRiff(bytes: Uint8Array): void {
    const seam = this.#seam;
    const before = this.#seamLength;
    const joined = before + Math.min(bytes.length, SEAM_BYTES);
    for (let i = before; i < joined; i += 1) seam[i] = bytes[i - before]!;
    if (!this.#findRiffIn(seam, joined, this.#received - before)) this.#findRiffIn(bytes, bytes.length, this.#received);
    const [rest, end] = bytes.length < SEAM_BYTES ? [seam, joined] : [bytes, bytes.length];
    this.#seamLength = Math.min(end, SEAM_BYTES);
    for (let i = 0; i < this.#seamLength; i += 1) seam[i] = rest[end - this.#seamLength + i]!;
  }

  #findRiffIn(bytes: Uint8Array, length: number, start: number): boolean {
    // What begins with it is reported as a file.
    const at = indexOfWave(bytes, length, start === 0 ? 1 : 0);
    if (at === -1) return false;
    this.#looksForRiff = false;
    this.#report(
      `the header of a WAV file lies within the raw samples, at byte ${start + at}, and sounds as a click; decode WAV files one by one, without the option format`,
    );
    return true;
  }

  #compareHead(sample: Uint8Array): boolean {
    const head = sniff(sample, true);
    const what =
      head.kind === 'audio' ? `${head.container.toUpperCase()} audio` : head.kind === 'not-audio' ? head.what : undefined;
    if (!what || what === 'nothing but zero bytes' || what === 'plain text') return false;
    this.#report(`the bytes begin like ${what}, not like raw samples; leave out the option format to have it decoded`);
    return true;
  }

  #compareFormats(bytes: Uint8Array): void {
    const { encoding, channels } = this.#raw;
    const given = correlation(bytes, encoding, channels);
    if (given === undefined || given > NOISE_CORRELATION) return;
    const candidates = [
      ...ALTERNATIVES.flatMap((format) =>
        [channels, channels === 1 ? 2 : 1].map((count) => ({ format, channels: count, skip: 0 })),
      ),
      { format: encoding, channels, skip: 1 },
    ].map((candidate) => ({
      ...candidate,
      score: correlation(bytes.subarray(candidate.skip), candidate.format, candidate.channels) ?? 0,
    }));
    // The channel count is doubted only when no format with the given count makes sense.
    const sensible = candidates.filter(({ score }) => score >= AUDIO_CORRELATION);
    const likeliest = sensible.some((candidate) => candidate.channels === channels)
      ? sensible.filter((candidate) => candidate.channels === channels)
      : sensible;
    if (likeliest.length === 0) return;
    const best = likeliest.reduce((a, b) => (b.score > a.score ? b : a));
    const likely =
      best.skip > 0
        ? `${best.format} that begins one byte later`
        : `${best.format} with ${best.channels} channel${best.channels === 1 ? '' : 's'}`;
    this.#report(
      `read as ${encoding} with ${channels} channel${channels === 1 ? '' : 's'}, the samples are noise; read as ${likely}, they are smooth like sound. Check the option format.`,
    );
  }
}

const [R, I, F] = [0x52, 0x49, 0x46];

/** Where the first header of a WAV file begins, at or after `from`; -1 when there is none. */
function indexOfWave(bytes: Uint8Array, length: number, from: number): number {
  // Four letters can't be missed by looking at every fourth byte. A loop, because a call of indexOf() costs more for a small block.
  for (let i = from + 3; i < length; i += 4) {
    const byte = bytes[i];
    if (byte !== R && byte !== I && byte !== F) continue;
    for (let at = i - 3; at <= i; at += 1) {
      if (bytes[at] !== R || at + RIFF_HEADER_BYTES > length) continue;
      if (startsWith(bytes, 'RIFF', at) && startsWith(bytes, 'WAVE', at + 8)) return at;
    }
  }
  return -1;
}

/** Correlation of neighbouring samples, -1 to 1, about 0 for noise; undefined for silence. */
function correlation(bytes: Uint8Array, format: SampleFormat, channels: number): number | undefined {
  const block = sampleBytes(format) * channels;
  const { channels: planes } = deinterleave(bytes.subarray(0, bytes.length - (bytes.length % block)), format, channels);
  let products = 0;
  let squares = 0;
  for (const plane of planes) {
    const mean = plane.reduce((sum, sample) => sum + sample, 0) / plane.length;
    for (let i = 1; i < plane.length; i += 1) {
      products += (plane[i]! - mean) * (plane[i - 1]! - mean);
      squares += (plane[i]! - mean) ** 2;
    }
  }
  return squares > 0 && Number.isFinite(squares) ? products / squares : undefined;
}
