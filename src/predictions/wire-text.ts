/** A text field of the wire: text as it is, numbers and 64-bit number objects printed, anything else empty. Never throws. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  // Readers may give a 64-bit number as an object, such as a Long; an object's own JSON `toString` field is no function.
  if (typeof value === 'object' && value !== null && typeof value.toString === 'function' && !Array.isArray(value)) {
    const text = value.toString();
    return /^-?\d+$/.test(text) ? text : '';
  }
  return '';
}

/** A 64-bit number for JSON: a number where that holds it exactly, otherwise its text. Missing ones are 0, as in protobuf. */
export function toJsonInteger(value: unknown): number | string {
  const text = asText(value);
  if (text === '') return 0;
  const number = Number(text);
  return Number.isSafeInteger(number) && String(number) === text ? number : text;
}
