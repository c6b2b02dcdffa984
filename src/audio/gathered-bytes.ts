import type { SourceId } from './chunk.js';

/** The next bytes of a source without which nothing can come of them; 0 where that isn't known. */
type Lacking = (source: SourceId) => number;

const gatherers = new WeakMap<object, (lacking: Lacking) => object>();

/**
 * Says how to get the same bytes in pieces that are worth working on; see `ByteGatherer`.
 *
 * Where bytes come from is the best place to wait for more: nothing above it is woken up for nothing.
 */
export function offerGathered<Bytes extends object>(bytes$: Bytes, build: (lacking: Lacking) => Bytes): Bytes {
  gatherers.set(bytes$, build);
  return bytes$;
}

/** The same bytes, gathered if what made them offers that. */
export function gathered<Bytes extends object>(bytes$: Bytes, lacking: Lacking): Bytes {
  return (gatherers.get(bytes$)?.(lacking) as Bytes | undefined) ?? bytes$;
}
