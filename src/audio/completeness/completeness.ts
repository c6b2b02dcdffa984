import type { Container } from '../sniff/index.js';
import type { CompletenessCheck } from './completeness-check.js';
import { DeclaredSize } from './declared-size.js';
import { FlacLength } from './flac-length.js';
import { OggPages } from './ogg-pages.js';

/** The check for a container, where there is one: those whose end ffmpeg doesn't look at. */
export function completenessCheck(container: Container): CompletenessCheck | undefined {
  switch (container) {
    case 'ogg':
      return new OggPages();
    case 'flac':
      return new FlacLength();
    case 'wav':
    case 'aiff':
    case 'au':
    case 'w64':
      return new DeclaredSize(container);
    default:
      return undefined;
  }
}
