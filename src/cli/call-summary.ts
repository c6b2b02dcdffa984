import type { CallSummaryEvent } from '../telephony/index.js';
import { countText } from './count-text.js';

/** Who talked how much in a call, and how the turns went, as lines of text. */
export function callSummaryLines({ durationMs, silenceMs, overlapMs, overlaps, legs }: CallSummaryEvent): string[] {
  const share = (ms: number) => `${durationMs > 0 ? Math.round((100 * ms) / durationMs) : 0} %`;
  const names = Object.keys(legs);
  const width = Math.max(...names.map((name) => name.length));
  return [
    `  call of ${seconds(durationMs)}: nobody spoke for ${seconds(silenceMs)} (${share(silenceMs)}), several at once for ${seconds(overlapMs)} (${countText(overlaps, 'overlap')})`,
    ...Object.entries(legs).map(([name, { talkMs, turns, longestTurnMs, interruptions, responseGaps }]) => {
      const answers = responseGaps ? `, answered after ${seconds(responseGaps.p50Ms)} (median of ${responseGaps.count})` : '';
      const longest = turns > 0 ? `, longest ${seconds(longestTurnMs)}` : '';
      const interrupted = interruptions > 0 ? `, ${countText(interruptions, 'interruption')}` : '';
      return `    ${name.padEnd(width)}  talked ${seconds(talkMs)} (${share(talkMs)}) in ${countText(turns, 'turn')}${longest}${answers}${interrupted}`;
    }),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
