import type { CompletenessCheck, Shortfall } from './completeness-check.js';

const HEADER_BYTES = 24;
const OPEN_SIZE = 0xffffffff;
/** The characters `RIFF`; RIFX and RF64 say their size otherwise. */
const RIFF = 0x52494646;

/** Compares the size that a header announces with the bytes that came. */
export class DeclaredSize implements CompletenessCheck {
  readonly #container: keyof typeof ANNOUNCED;
  #header: Uint8Array = new Uint8Array(0);
  #received = 0;

  constructor(container: keyof typeof ANNOUNCED) {
    this.#container = container;
  }

  push(bytes: Uint8Array): void {
    this.#received += bytes.length;
    if (this.#header.length >= HEADER_BYTES) return;
    this.#header = Buffer.concat([this.#header, bytes.subarray(0, HEADER_BYTES - this.#header.length)]);
  }

  end(): Shortfall | undefined {
    if (this.#header.length < HEADER_BYTES) return undefined;
    const announced = ANNOUNCED[this.#container](new DataView(this.#header.buffer, this.#header.byteOffset, HEADER_BYTES));
    if (announced === undefined || this.#received >= announced) return undefined;
    return { what: `announces ${announced} bytes in its header, but ends at byte ${this.#received}`, isCertain: false };
  }
}

/** Size of the whole file by its header; undefined where the header leaves it open. */
const ANNOUNCED = {
  wav: (header: DataView) => (header.getUint32(0) === RIFF ? riffSize(header.getUint32(4, true)) : undefined),
  aiff: (header: DataView) => riffSize(header.getUint32(4)),
  au: (header: DataView) => (header.getUint32(8) === OPEN_SIZE ? undefined : header.getUint32(4) + header.getUint32(8)),
  w64: (header: DataView) => Number(header.getBigUint64(16, true)) || undefined,
};

function riffSize(size: number): number | undefined {
  return size === 0 || size === OPEN_SIZE ? undefined : size + 8;
}
