import { startsWith } from '../ascii.js';
import { ByteWindow } from '../byte-window.js';
import type { CompletenessCheck, Shortfall } from './completeness-check.js';

/** Bytes of a page's header before its segment table (RFC 3533). */
const PAGE_HEADER_BYTES = 27;
const ENDS_STREAM = 4;

/** Follows the pages of an Ogg stream to its end. */
export class OggPages implements CompletenessCheck {
  readonly #input = new ByteWindow();
  #pageOffset = 0;
  #isLast = false;

  push(bytes: Uint8Array): void {
    const input = this.#input;
    input.append(bytes);
    while (input.skipping === 0 && input.length >= PAGE_HEADER_BYTES) {
      if (!startsWith(input.bytes, 'OggS')) {
        const next = input.bytes.indexOf(0x4f, 1);
        input.take(next === -1 ? input.length : next);
        continue;
      }
      const segments = input.bytes[PAGE_HEADER_BYTES - 1]!;
      if (input.length < PAGE_HEADER_BYTES + segments) return;
      let size = PAGE_HEADER_BYTES + segments;
      for (const length of input.bytes.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + segments)) size += length;
      this.#pageOffset = input.offset;
      this.#isLast = (input.bytes[5]! & ENDS_STREAM) !== 0;
      input.skip(size);
    }
  }

  end(): Shortfall | undefined {
    const { skipping, length, offset } = this.#input;
    const isCutHeader = length > 0 && startsWith(this.#input.bytes, 'OggS'.slice(0, Math.min(4, length)));
    if (skipping > 0) return { what: `breaks off within the Ogg page at byte ${this.#pageOffset}`, isCertain: true };
    if (isCutHeader) return { what: `breaks off within the Ogg page at byte ${offset}`, isCertain: true };
    if (!this.#isLast)
      return { what: 'ends without an Ogg page that is marked as the last; it may have been cut', isCertain: false };
    return undefined;
  }
}
