import { PredictionTable } from './prediction-table.js';
import { printable } from './printable.js';
import type { View } from './view.js';

/** Width of the table where the output has none of its own. */
const DEFAULT_WIDTH = 120;

/** The table as lines that are appended and never redrawn: for logs, screen readers and simple terminals. Notes go to standard error. */
export function plainView(): View {
  const table = new PredictionTable();
  const say = (lines: readonly string[]) => process.stdout.write(`${lines.join('\n')}\n`);
  return {
    heading: (text) => say([printable(text)]),
    prediction: (item) => say(table.lines(item, process.stdout.columns ?? DEFAULT_WIDTH)),
    message() {},
    progress() {},
    note: (text) => process.stderr.write(`note ${printable(text)}\n`),
    end: (summary) => summary.length > 0 && say(['', ...summary.map(printable)]),
  };
}
