import { Observable } from 'rxjs';
import { type AudioChunk, AudioGatherer, offerWished, type Pcm, type WholePieces } from '../audio/index.js';

type Decoded = AudioChunk<Pcm<'float32'>>;

/**
 * Says that live audio may be had in whole pieces, by whoever does nothing before they are complete.
 *
 * @param lent The same audio for whoever is done with a chunk when it returns, or holds its flow. Default: `audio`.
 */
export function lendGathered(audio: Observable<Decoded>, lent: Observable<Decoded> = audio): Observable<Decoded> {
  return offerWished(audio, ({ borrows, whole }) => (borrows ? (whole ? gathered(lent, whole) : lent) : audio));
}

function gathered(audio: Observable<Decoded>, whole: WholePieces): Observable<Decoded> {
  return new Observable<Decoded>((subscriber) => {
    const gatherer = new AudioGatherer(whole, (chunk) => subscriber.next(chunk));
    return audio.subscribe({
      next: (chunk) => gatherer.push(chunk),
      complete: () => {
        gatherer.flush();
        subscriber.complete();
      },
      error: (error) => {
        gatherer.flush();
        subscriber.error(error);
      },
    });
  });
}
