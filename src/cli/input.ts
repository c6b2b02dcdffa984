import type { Observable } from 'rxjs';
import type { AudioChunk, ByteChunk, EventObserver, Pcm } from '../index.js';

/** Something to read audio from, and what to call it. */
export interface Input {
  readonly label: string;
  readonly bytes$: Observable<ByteChunk>;
  /** The file that it is read from; undefined for standard input and what is downloaded. */
  readonly file?: string | URL;
}

/** Something that comes decoded, such as an RTP leg, and what to call it. */
export interface AudioSource {
  readonly label: string;
  /** Makes the audio; what happens to it is told to the observer. */
  readonly audio: (events: EventObserver) => Observable<AudioChunk<Pcm<'float32'>>>;
  /** What to do about RTP of other streams, where anything can be done. */
  readonly othersHint?: string | undefined;
}
