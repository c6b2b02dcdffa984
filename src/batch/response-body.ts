import type { IncomingMessage } from 'node:http';
import { BatchApiError } from '../errors/index.js';

/** Of a refusal, more than this says nothing. */
const REFUSAL_BYTES = 64 * 1024;

/** Reads the body of an answer, up to a limit. */
export class ResponseBody {
  readonly #message: IncomingMessage;
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isOver = false;

  constructor(message: IncomingMessage, maxBytes: number) {
    this.#message = message;
    this.#maxBytes = maxBytes;
  }

  /** Whether nothing more will be read. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Reads to the end.
   *
   * @param onData Called for each part.
   * @param onEnd Called once: with an error when a success breaks off or is too large; a refusal is taken as far as it came.
   */
  read(onData: () => void, onEnd: (error?: BatchApiError) => void): void {
    const isRefusal = (this.#message.statusCode ?? 0) >= 300;
    const limit = isRefusal ? REFUSAL_BYTES : this.#maxBytes;
    const { statusCode } = this.#message;
    const end = (fault?: string) => {
      if (this.#isOver) return;
      this.#isOver = true;
      const isWhole = isRefusal || fault === undefined;
      onEnd(isWhole ? undefined : new BatchApiError('INVALID_RESPONSE', fault, { statusCode, retryable: true }));
    };
    const breakOff = () => end('The answer breaks off: the connection was closed in the middle of it');
    const refuse = (why: string) => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#chunks = [];
      onEnd(new BatchApiError('INVALID_RESPONSE', why, { statusCode }));
    };
    const declared = Number(this.#message.headers['content-length'] ?? 0);
    const tooLarge = `The answer is larger than maxResponseBytes allows (${this.#maxBytes} bytes)`;
    const encoding = this.#message.headers['content-encoding'] ?? 'identity';
    this.#message.on('data', (chunk: Buffer) => {
      if (this.#isOver) return;
      onData();
      this.#bytes += chunk.length;
      if (this.#bytes <= limit) this.#chunks.push(chunk);
      else if (isRefusal) end();
      else refuse(tooLarge);
    });
    this.#message.on('error', breakOff);
    this.#message.on('close', breakOff);
    this.#message.on('end', () => end());
    if (encoding !== 'identity' && !isRefusal) refuse(`The answer is encoded as ${encoding}, which was not asked for`);
    else if (declared > limit && !isRefusal) refuse(tooLarge);
  }

  /** What was read, as text. */
  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
