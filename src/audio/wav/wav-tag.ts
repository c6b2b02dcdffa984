/** The format tag that says "see the sub-format". */
export const EXTENSIBLE_TAG = 0xfffe;

/** Codecs that {@link WavReader} decodes, by format tag (the registry of RFC 2361). */
export const IN_PROCESS_TAGS: Readonly<Record<number, 'pcm' | 'float' | 'alaw' | 'mulaw'>> = {
  1: 'pcm',
  3: 'float',
  6: 'alaw',
  7: 'mulaw',
};

/** Codecs that ffmpeg decodes out of a WAV file, by format tag, under ffmpeg's names (its libavformat/riff.c). */
export const FFMPEG_TAGS: Readonly<Record<number, string>> = {
  2: 'adpcm_ms',
  17: 'adpcm_ima_wav',
  32: 'adpcm_yamaha',
  34: 'truespeech',
  49: 'gsm_ms',
  66: 'g723_1',
  69: 'adpcm_g726',
  80: 'mp2',
  85: 'mp3',
  100: 'adpcm_g726',
  131: 'g729',
  255: 'aac',
  352: 'wmav1',
  353: 'wmav2',
  655: 'adpcm_g722',
  5648: 'aac',
  8192: 'ac3',
  8193: 'dts',
  28751: 'opus',
  41222: 'aac',
  41225: 'speex',
  61868: 'flac',
};
