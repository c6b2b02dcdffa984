import type { Container } from '../sniff/index.js';
import { DeclaredSize } from './declared-size.js';
import { FlacLength } from './flac-length.js';
import { OggPages } from './ogg-pages.js';

/** What is missing from an input that another program decoded without a word about it. */
export interface Shortfall {
  /** A sentence without subject: `breaks off within …`. */
  what: string;
  /** Whether it is certain that input is missing; else its header may be wrong. */
  isCertain: boolean;
}

/** Watches the bytes of a container go by, to tell at the end whether they were all there. */
export interface CompletenessCheck {
  push(bytes: Uint8Array): void;
  /** @param decoded Samples per channel that came out. */
  end(decoded: number): Shortfall | undefined;
}

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
