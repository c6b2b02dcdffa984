/** Whether the bytes at `offset` are the characters of `text`; characters are compared as Latin-1. */
export function startsWith(bytes: Uint8Array, text: string, offset = 0): boolean {
  if (offset + text.length > bytes.length) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[offset + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** The four characters at `offset`, as file formats use them for names; unprintable bytes become `\xNN`. */
export function fourCharacters(bytes: Uint8Array, offset: number): string {
  let text = '';
  for (const byte of bytes.subarray(offset, offset + 4)) {
    text += isPrintable(byte) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

/** Whether four bytes at `offset` could name a chunk: printable ASCII. */
export function isChunkName(bytes: Uint8Array, offset: number): boolean {
  return bytes.length >= offset + 4 && bytes.subarray(offset, offset + 4).every(isPrintable);
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}
