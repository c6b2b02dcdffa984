import type { Observable } from 'rxjs';
import type { ByteChunk } from '../index.js';

/** Something to read audio from, and what to call it. */
export interface Input {
  readonly label: string;
  readonly bytes$: Observable<ByteChunk>;
}
