import { timeText } from './time-text.js';

const MAX_BAR_WIDTH = 40;

/**
 * One line that says how much of the audio was sent: times, and a bar where the length is known.
 *
 * @param width Room for the line, in characters.
 * @param unicode Whether the terminal shows block characters.
 */
export function progressBar(sentMs: number, totalMs: number | undefined, width: number, unicode: boolean): string {
  if (!totalMs || totalMs <= 0) return `${timeText(sentMs)} sent`;
  const share = Math.min(1, sentMs / totalMs);
  const times = `${timeText(Math.min(sentMs, totalMs))} of ${timeText(totalMs)}`;
  const percent = `${String(Math.floor(share * 100)).padStart(3)}%`;
  const room = Math.min(MAX_BAR_WIDTH, width - times.length - percent.length - 4);
  if (room < 5) return `${times}${percent}`;
  const filled = Math.round(share * room);
  const [full, empty] = unicode ? ['█', '░'] : ['#', '-'];
  return `${times}  ${full.repeat(filled)}${empty.repeat(room - filled)} ${percent}`;
}

/** Whether the terminal's locale shows more than ASCII. */
export function isUnicodeTerminal(env: NodeJS.ProcessEnv = process.env): boolean {
  if (process.platform === 'win32') return env.WT_SESSION !== undefined || env.TERM_PROGRAM !== undefined;
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}
