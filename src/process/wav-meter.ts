/** Bytes of header looked at; ffmpeg's own take 68. */
const HEADER_BYTES = 512;

/** Counts the audio in a WAV stream that ffmpeg writes, to tell how much was delivered and whether there was any. */
export class WavMeter {
  #header: Buffer = Buffer.alloc(0);
  #bytes = 0;
  #headerBytes: number | undefined;
  #bytesPerSecond = 0;

  add(bytes: Uint8Array): void {
    this.#bytes += bytes.byteLength;
    if (this.#headerBytes !== undefined || this.#header.length >= HEADER_BYTES) return;
    this.#header = Buffer.concat([this.#header, bytes.subarray(0, HEADER_BYTES - this.#header.length)]);
    const format = this.#header.indexOf('fmt ', 0, 'latin1');
    const data = this.#header.indexOf('data', 0, 'latin1');
    if (format < 0 || data < 0 || format + 20 > this.#header.length) return;
    // WAVEFORMATEX: the average number of bytes per second stands 8 bytes into the chunk's content.
    this.#bytesPerSecond = this.#header.readUInt32LE(format + 16);
    this.#headerBytes = data + 8;
  }

  /** Whether at least one sample came. */
  get hasAudio(): boolean {
    return this.#headerBytes !== undefined && this.#bytes > this.#headerBytes;
  }

  /** Audio so far in milliseconds; 0 while the header is incomplete. */
  get timeMs(): number {
    if (!this.hasAudio || this.#bytesPerSecond === 0) return 0;
    return ((this.#bytes - this.#headerBytes!) / this.#bytesPerSecond) * 1000;
  }
}
