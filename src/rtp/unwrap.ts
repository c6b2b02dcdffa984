/** Continues a 16-bit sequence number beyond its wraps: the value nearest to a reference that was continued before. */
export function unwrapSequence(sequence: number, reference: number): number {
  return reference + (((sequence - reference) << 16) >> 16);
}

/** Continues a 32-bit timestamp beyond its wraps: the value nearest to a reference that was continued before. */
export function unwrapTimestamp(timestamp: number, reference: number): number {
  return reference + ((timestamp - (reference >>> 0)) | 0);
}
