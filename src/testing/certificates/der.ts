// The few parts of ASN.1's distinguished encoding rules (ITU-T X.690) that a certificate is made of.

/** A tag, a length, and content. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

export const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]) => der(0x31, ...parts);
export const octets = (...parts: readonly Uint8Array[]) => der(0x04, ...parts);
export const bits = (bytes: Uint8Array) => der(0x03, Buffer.from([0]), bytes);
export const boolean = (value: boolean) => der(0x01, Buffer.from([value ? 0xff : 0]));
export const utf8 = (text: string) => der(0x0c, Buffer.from(text));
/** A part known by its number instead of its type. */
export const context = (number: number, ...parts: readonly Uint8Array[]) => der(0xa0 + number, ...parts);
/** The same for text and bytes that hold no further parts. */
export const contextPrimitive = (number: number, content: Uint8Array) => der(0x80 + number, content);

/** A whole number, not negative, in as few bytes as hold it: readers refuse more. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const shortest = first === -1 ? bytes.subarray(0, 0) : bytes.subarray(first);
  // A leading 1 bit would make it negative.
  return der(0x02, (shortest[0] ?? 0x80) & 0x80 ? Buffer.from([0]) : Buffer.alloc(0), shortest);
}

/** An object identifier: `2.5.4.3`. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** A date before 2050 as UTCTime, which RFC 5280 (4.1.2.5) asks for: `260101000000Z`. */
export function time(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().replace(/\D/g, '').slice(2, 14)}Z`));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff]);
}
