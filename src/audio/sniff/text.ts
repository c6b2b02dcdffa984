/** Characters looked at before bytes are called text. */
const SAMPLE_BYTES = 512;

/** Names text for what it is, with its article; 'no' when the bytes are no text, or a wish for more of them. */
export function sniffText(bytes: Uint8Array, ended: boolean): string | 'no' | { wantBytes: number } {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const isUtf16 =
    sample.length >= 4 && ((sample[0] === 0xff && sample[1] === 0xfe) || (sample[0] === 0xfe && sample[1] === 0xff));
  if (isUtf16) {
    const zeros = sample.filter((byte) => byte === 0).length;
    return zeros > sample.length / 3 ? 'plain text (UTF-16)' : 'no';
  }
  let text: string;
  try {
    // As a stream, so that a character cut by the end of the sample is no error.
    text = new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
  } catch {
    return 'no';
  }
  if (text === '' || hasControlCharacters(text)) return 'no';
  const known = nameText(text);
  if (known) return known;
  if (sample.length < SAMPLE_BYTES && !ended) return { wantBytes: SAMPLE_BYTES };
  return 'plain text';
}

/** Control characters, but for white space and escape (terminal colours), are what tells bytes from text. */
function hasControlCharacters(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x7f || (code < 0x20 && code !== 0x1b && (code < 0x09 || code > 0x0d))) return true;
  }
  return false;
}

function nameText(text: string): string | undefined {
  const start = text
    .replace(/^\uFEFF/, '')
    .trimStart()
    .slice(0, 200)
    .toLowerCase();
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'an HTML page';
  if (start.startsWith('<?xml') || start.startsWith('<svg')) return 'an XML document';
  if (/^[{[]\s*["{[\]}]/.test(start)) return 'a JSON document';
  if (start.startsWith('#extm3u')) return 'an M3U playlist';
  if (start.startsWith('[playlist]')) return 'a PLS playlist';
  if (start.startsWith('ffconcat version')) return 'an ffmpeg concat script';
  return undefined;
}
