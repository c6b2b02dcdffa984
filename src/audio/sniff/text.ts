/** Characters looked at before bytes are called text. */
const SAMPLE_BYTES = 512;

/** Names text for what it is, with its article; 'no' when the bytes are no text, or a wish for more of them. */
export function sniffText(bytes: Uint8Array, ended: boolean): string | 'no' | { wantBytes: number } {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const isMarked = isMarkedUtf16(sample);
  const text = isMarked ? utf16(sample) : utf8(sample);
  if (text === '') return 'no';
  if (text === undefined || (!isMarked && hasControlCharacters(text))) {
    // Other encodings are told by what their text says: bytes of anything can be characters there.
    const others = [latin1(sample), utf16(sample)].filter((other) => !hasControlCharacters(other));
    return others.map(nameText).find(Boolean) ?? 'no';
  }
  const known = nameText(text);
  if (known) return known;
  if (isMarked && sample.filter((byte) => byte === 0).length <= sample.length / 3) return 'no';
  if (sample.length < SAMPLE_BYTES && !ended) return { wantBytes: SAMPLE_BYTES };
  return isMarked ? 'plain text (UTF-16)' : 'plain text';
}

/** Whether bytes begin with the mark of UTF-16, in either order. */
function isMarkedUtf16(bytes: Uint8Array): boolean {
  const mark = bytes.length >= 4 ? (bytes[0]! << 8) | bytes[1]! : 0;
  return mark === 0xfffe || mark === 0xfeff;
}

/** Undefined for bytes that are no UTF-8. */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    // As a stream, so that a character cut by the end of the sample is no error.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** In the order of bytes that the mark says, or, as text of this kind begins with a character of ASCII, where the first zero is. */
function utf16(bytes: Uint8Array): string {
  const isBigEndian = bytes[0] === 0xfe || bytes[0] === 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const units = Array.from({ length: bytes.length >> 1 }, (_, i) => view.getUint16(2 * i, !isBigEndian));
  return String.fromCharCode(...units);
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
