import type { FormatEvent } from '../index.js';
import { countText } from './count-text.js';
import { timeText } from './time-text.js';

/** An input's format in a line, for instance `wav mulaw, 8000 Hz, 2 channels, 0:14.1`. */
export function formatText({ container, codec, sampleRate, channels, durationMs, decoder }: FormatEvent): string {
  const wrapper = container.replace(/^ffmpeg:/, '');
  const name = wrapper === codec ? wrapper : `${wrapper} ${codec}`;
  const parts = [
    name,
    `${sampleRate} Hz`,
    countText(channels, 'channel'),
    durationMs !== undefined && timeText(durationMs),
    decoder === 'ffmpeg' && 'decoded by ffmpeg',
  ];
  return parts.filter(Boolean).join(', ');
}
