/** Bytes from the start within which audio must be recognised. */
export const SNIFF_LIMIT_BYTES = 64 * 1024;
