import { createLogUpdate } from 'log-update';
import type { ChannelPrediction } from './channel-prediction.js';
import { countText } from './count-text.js';
import { PredictionTable } from './prediction-table.js';
import { fitText, printable, wrapText } from './printable.js';
import { isUnicodeTerminal, progressBar } from './progress-bar.js';
import { terminalColours } from './terminal-colours.js';
import type { View } from './view.js';

/** At most ten redraws a second: more can't be read, and slow terminals fall behind. */
const REDRAW_MS = 100;
/** For terminals that do not tell. */
const DEFAULT_WIDTH = 80;
const DEFAULT_HEIGHT = 24;

/** The part of a terminal's stream that matters here. */
export type Terminal = NodeJS.WritableStream & { readonly columns?: number; readonly rows?: number };

/**
 * The table on a terminal: rows scroll up and stay, and below them a progress bar is redrawn.
 *
 * @param status What happens with the audio, in words; shown beside the counts.
 * @param stdout The terminal.
 */
export function liveView(status: string, stdout: Terminal = process.stdout): View {
  const draw = createLogUpdate(stdout);
  const colours = terminalColours();
  const table = new PredictionTable(colours);
  const unicode = isUnicodeTerminal();
  const pending: string[] = [];
  const counts = { segment: 0, utterance: 0 };
  let sentMs = 0;
  let totalMs: number | undefined;
  let latency = '';
  let dirty = true;

  const width = () => stdout.columns ?? DEFAULT_WIDTH;
  function redraw(): void {
    if (pending.length === 0 && !dirty) return;
    // What is higher than the terminal would be cut.
    const atOnce = Math.max(1, (stdout.rows ?? DEFAULT_HEIGHT) - 2);
    while (pending.length > 0) draw.persist(pending.splice(0, atOnce).join('\n'));
    dirty = false;
    const rule = (unicode ? '─' : '-').repeat(Math.min(width(), 80));
    const counted = `${countText(counts.utterance, 'utterance')}, ${countText(counts.segment, 'segment')}${latency}; ${status}`;
    draw([colours.dim(rule), progressBar(sentMs, totalMs, width(), unicode), fitText(counted, width())].join('\n'));
  }
  const timer = setInterval(redraw, REDRAW_MS);

  return {
    heading: (text) => pending.push(printable(text)),
    prediction(item: ChannelPrediction) {
      const { level, latencyMs } = item.prediction;
      counts[level] += 1;
      if (latencyMs !== undefined) latency = `, latency ${Math.round(latencyMs)} ms`;
      pending.push(...table.lines(item, width()));
    },
    message() {},
    progress(sent, total) {
      sentMs = Math.max(sentMs, sent);
      totalMs = total;
      dirty = true;
    },
    note(text) {
      const line = `note ${printable(text)}`;
      // Both on one terminal: the note must not be drawn over.
      if (process.stderr.isTTY) pending.push(...wrapText(line, width()).map((part) => colours.yellow(part)));
      else process.stderr.write(`${line}\n`);
    },
    end(summary) {
      clearInterval(timer);
      draw.clear();
      stdout.write(
        [...pending.splice(0), ...(summary.length > 0 ? ['', ...summary.map(printable)] : [])]
          .map((line) => `${line}\n`)
          .join(''),
      );
      draw.done();
    },
  };
}
