import { type AudioChunk, mixDown, PartyDetector, type Pcm, startMs } from '../audio/index.js';
import { type EventObserver, emitEvent } from '../events/index.js';

type Decoded = AudioChunk<Pcm<'float32'>>;

/** A chunk with its channels averaged; one that has a single channel is returned as it is. */
export function mixed(chunk: Decoded): AudioChunk<Pcm<'float32', 1>> {
  if (chunk.data.length === 1) return chunk as AudioChunk<Pcm<'float32', 1>>;
  const { sampleRate } = chunk.format;
  return { ...chunk, data: [mixDown(chunk.data)], format: { encoding: 'float32', channels: 1, sampleRate } };
}

/** Looks at audio before it is mixed, and says once when two channels look like two parties. */
export function partyWatch(operator: string, events: EventObserver | undefined): (chunk: Decoded) => void {
  const parties = new PartyDetector();
  return (chunk) => {
    const { data, format, timing } = chunk;
    if (data.length !== 2 || !parties.push(data[0]!, data[1]!, format.sampleRate)) return;
    emitEvent(events, {
      type: 'diagnostic',
      code: 'TWO_PARTIES',
      message: `The two channels of "${timing.source.label}" look like two speakers, and ${operator} mixes them. Put channel(0), channel(1) or splitChannels() before it to analyse each speaker alone.`,
      atMs: startMs(chunk),
      stream: timing.source.label,
    });
  };
}
