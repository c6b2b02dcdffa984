import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SNIFF_LIMIT_BYTES, type SniffResult, sniff } from '../../../src/audio/sniff/index.js';
import { fixture, seeded } from '../../support/decoding.js';
import { makeWav } from '../../support/wav.js';

/** Gives sniff() as many bytes as it asks for, until it decides. */
function sniffAsStream(bytes: Uint8Array): { result: SniffResult; bytesNeeded: number } {
  let known = 0;
  for (;;) {
    const result = sniff(bytes.subarray(0, known), known >= bytes.length);
    if (result.kind !== 'undecided') return { result, bytesNeeded: known };
    expect(result.wantBytes).toBeGreaterThan(known);
    known = Math.min(result.wantBytes, bytes.length);
  }
}

describe('sniff() on audio', () => {
  it.each([
    ['formats/pcm_s16le.wav', 'wav', undefined, false],
    ['formats/junk_before_fmt_odd_chunk.wav', 'wav', undefined, false],
    ['formats/big_endian_rifx.wav', 'wav', undefined, false],
    ['formats/rf64.wav', 'wav', undefined, false],
    ['formats/extensible_24in32.wav', 'wav', undefined, false],
    ['formats/gsm_8k.wav', 'wav', 'gsm_ms', true],
    ['formats/ima_adpcm.wav', 'wav', 'adpcm_ima_wav', true],
    ['corrupt/wav_named.mp3', 'wav', undefined, false],
    ['call/support.mp3', 'mp3', 'mp3', false],
    ['corrupt/mp3_named.wav', 'mp3', 'mp3', false],
    ['corrupt/mp3_junk_prefix.mp3', 'mp3', 'mp3', false],
    ['corrupt/id3_only.mp3', 'mp3', 'mp3', false],
    ['call/support.ogg', 'ogg', 'opus', true],
    ['formats/clip.oga', 'ogg', 'vorbis', true],
    ['formats/clip.spx', 'ogg', 'speex', true],
    ['call/support_16k.flac', 'flac', 'flac', true],
    ['formats/chromium_mediarecorder_live.webm', 'matroska', undefined, true],
    ['formats/clip.aiff', 'aiff', undefined, true],
    ['formats/clip.caf', 'caf', undefined, true],
    ['formats/clip.w64', 'w64', undefined, true],
    ['call/support_customer.amr', 'amr', 'amr_nb', true],
  ])('recognises %s within a few bytes', (name, container, codec, needsFfmpeg) => {
    const { result, bytesNeeded } = sniffAsStream(fixture(name));
    expect(result).toMatchObject({ kind: 'audio', container, needsFfmpeg, ...(codec && { codec }) });
    expect(bytesNeeded).toBeLessThanOrEqual(name.includes('junk_prefix') ? 8192 : 2048);
  });

  it('sees that the index of an MP4 comes too late, and that it comes in time', () => {
    const late = fixture('call/support.m4a');
    expect(sniffAsStream(late).result).toMatchObject({ container: 'mp4', demuxer: 'mov', indexIsLate: true });
    // The same file with its boxes in the other order: ftyp, moov, mdat.
    const [ftyp, index] = [late.subarray(0, 28), late.subarray(114_536)];
    const early = sniffAsStream(Buffer.concat([ftyp, index, late.subarray(28, 114_536)])).result;
    expect(early).toMatchObject({ container: 'mp4', needsFfmpeg: true });
    expect(early).not.toHaveProperty('indexIsLate');
  });

  it('recognises AAC by its frames, and MP3 and AAC behind an ID3 tag', () => {
    const tag = Buffer.from('ID3\x04\x00\x00\x00\x00\x00\x20'.padEnd(42, '\0'), 'latin1');
    const frame = Buffer.alloc(64);
    Buffer.from([0xff, 0xf1, 0x50, 0x80, 0x08, 0x1f, 0xfc]).copy(frame);
    const aac = Buffer.concat([frame, frame, frame, frame]);
    expect(sniffAsStream(aac).result).toMatchObject({ container: 'aac' });
    expect(sniffAsStream(Buffer.concat([tag, aac])).result).toMatchObject({ container: 'aac' });
    expect(sniffAsStream(Buffer.concat([tag, fixture('call/support.mp3')])).result).toMatchObject({ container: 'mp3' });
    expect(sniffAsStream(Buffer.concat([tag, fixture('call/support_16k.flac')])).result).toMatchObject({ container: 'flac' });
  });

  it('says what is broken about audio that it recognises', () => {
    expect(sniffAsStream(fixture('corrupt/bad_wave_tag.wav')).result).toEqual({
      kind: 'broken',
      what: 'a RIFF file whose type is "WAVX" where a WAV file has "WAVE"',
      byteOffset: 8,
    });
    expect(sniffAsStream(fixture('corrupt/ogg_no_header_pages.ogg')).result).toMatchObject({ kind: 'broken', byteOffset: 0 });
  });

  it('leaves a fmt chunk that lies too far inside to the WAV reader', () => {
    const far = makeWav({ before: [['JUNK', new Uint8Array(2 * SNIFF_LIMIT_BYTES)]] });
    const { result, bytesNeeded } = sniffAsStream(far);
    expect(result).toMatchObject({ container: 'wav', needsFfmpeg: false });
    expect(bytesNeeded).toBeLessThan(100);
  });
});

describe('sniff() on everything else', () => {
  it.each([
    ['corrupt/png_renamed.wav', 'a PNG image'],
    ['corrupt/html_renamed.mp3', 'an HTML page'],
    ['corrupt/text_renamed.wav', 'plain text'],
    ['corrupt/zeros_20k.wav', 'nothing but zero bytes'],
  ])('names %s for what it is', (name, what) => {
    expect(sniffAsStream(fixture(name)).result).toEqual({ kind: 'not-audio', what });
  });

  it.each([
    ['\xff\xd8\xff\xe0\0\x10JFIF\0', 'a JPEG image'],
    ['GIF89a\x01\0\x01\0\0\0\0\0\0\0', 'a GIF image'],
    ['%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'a PDF document'],
    ['PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0', 'a ZIP archive (or an office document)'],
    ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'a HEIF or AVIF image'],
    ['RIFF\x10\0\0\0WEBPVP8 ', 'a WebP image'],
    ['\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0', 'a packet capture'],
    ['\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0', 'a packet capture'],
    ['<?xml version="1.0"?><feed/>', 'an XML document'],
    ['{"error": "not found"}', 'a JSON document'],
    ['[{"id": 1}, {"id": 2}]', 'a JSON document'],
    ['#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n', 'an M3U playlist'],
    ['ffconcat version 1.0\nfile /etc/passwd\n', 'an ffmpeg concat script'],
    ['\xff\xfeH\0e\0l\0l\0o\0 \0w\0o\0r\0l\0d\0', 'plain text (UTF-16)'],
    ['Sch\xc3\xb6ne Gr\xc3\xbc\xc3\x9fe aus K\xc3\xb6ln', 'plain text'],
  ])('names %j', (text, what) => {
    expect(sniffAsStream(Buffer.from(text, 'latin1')).result).toEqual({ kind: 'not-audio', what });
  });

  it.each([
    ['<!DOCTYPE html><html><title>Nicht gefunden: Gespräch</title>', 'an HTML page'],
    ['\n<html lang="fr"><title>Fichier supprimé</title>', 'an HTML page'],
    ['<?xml version="1.0" encoding="ISO-8859-1"?><Error>Schlüssel fehlt</Error>', 'an XML document'],
    ['{"error": "não encontrado"}', 'a JSON document'],
  ])('names %j in whatever encoding', (text, what) => {
    const utf16 = Buffer.from(text, 'utf16le');
    const encoded = {
      'ISO-8859-1': Buffer.from(text, 'latin1'),
      'UTF-16LE': utf16,
      'UTF-16BE': Buffer.from(utf16).swap16(),
      'UTF-16LE with a mark': Buffer.concat([Buffer.from('\xff\xfe', 'latin1'), utf16]),
      'UTF-16BE with a mark': Buffer.concat([Buffer.from('\xfe\xff', 'latin1'), Buffer.from(utf16).swap16()]),
      'ISO-8859-1, with much behind it': Buffer.from(text + 'ä'.repeat(2000), 'latin1'),
    };
    for (const [encoding, bytes] of Object.entries(encoded)) {
      expect(sniffAsStream(bytes).result, encoding).toEqual({ kind: 'not-audio', what });
    }
  });

  it('takes no bytes for text of another encoding because they hold no control characters', () => {
    const random = seeded(3);
    const loud = Uint8Array.from({ length: 2000 }, () => 0x80 + random() * 0x80);
    expect(sniffAsStream(loud).result).toEqual({ kind: 'unknown' });
    // Digital silence of A-law.
    expect(sniffAsStream(new Uint8Array(2000).fill(0xd5)).result).toEqual({ kind: 'unknown' });
  });

  it('knows nothing about noise, raw samples, a single byte and no byte', () => {
    for (const name of [
      'corrupt/random_bytes.wav',
      'formats/raw_s16le_16k.pcm',
      'corrupt/one_byte.mp3',
      'corrupt/zero_bytes.wav',
    ]) {
      expect(sniffAsStream(fixture(name)).result).toEqual({ kind: 'unknown' });
    }
  });

  it('does not take noise for frames, however long it is', () => {
    const random = seeded(7);
    const noise = Uint8Array.from({ length: 4 * SNIFF_LIMIT_BYTES }, () => random() * 256);
    const { result, bytesNeeded } = sniffAsStream(noise);
    expect(result).toEqual({ kind: 'unknown' });
    expect(bytesNeeded).toBe(SNIFF_LIMIT_BYTES);
  });
});

describe('sniff() on any bytes', () => {
  it('decides whatever they are, and asks for more than it has until it does', () => {
    const starts = ['RIFF', 'RIFX', 'OggS', 'ID3', 'fLaC', '\0\0\0\x1cftyp', '\0\0\0\x01moov', '\xff\xfb\x90', '<', '{', 'FORM'];
    const anything = fc
      .tuple(fc.constantFrom('', ...starts), fc.uint8Array({ maxLength: 3000 }))
      .map(([start, rest]) => Buffer.concat([Buffer.from(start, 'latin1'), rest]));
    fc.assert(
      fc.property(anything, (bytes) => {
        expect(sniffAsStream(bytes).result.kind).not.toBe('undecided');
      }),
      { numRuns: 500 },
    );
  });
});
