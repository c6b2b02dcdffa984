import type { BatchResults } from '../batch/index.js';
import type { Prediction } from '../index.js';
import { printable } from './printable.js';
import { timeText } from './time-text.js';

/** How results are printed. */
export type ResultFormat = 'json' | 'csv' | 'plain';

/** The first line of CSV output. */
export const CSV_HEADER = csvLine(['file', 'pid', 'level', 'id', 'start_ms', 'end_ms', 'task', 'label', 'posterior', 'score']);

/** The results of one file as lines, each of which names the file. */
export function resultLines(file: string, results: BatchResults, format: ResultFormat): string[] {
  const { pid, predictions } = results;
  if (format === 'json') return predictions.map((prediction) => JSON.stringify({ file, ...prediction }));
  if (format === 'csv') return predictions.flatMap((prediction) => csvRows(file, pid, prediction));
  return predictions
    .filter(({ level }) => level === 'utterance')
    .map(({ startMs, endMs, tasks }) => {
      const claims = Object.entries(tasks).flatMap(([task, answer]) => {
        const claim = answer?.label ?? answer?.score;
        return claim === undefined ? [] : [`${task} ${claim}`];
      });
      return printable(`${file}: ${timeText(startMs)}-${timeText(endMs)}  ${claims.join(', ') || 'no claim'}`);
    });
}

function csvRows(file: string, pid: string, { level, id, startMs, endMs, tasks }: Prediction): string[] {
  return Object.entries(tasks).flatMap(([task, answer]) => {
    if (!answer) return [];
    const label = answer.label ?? '';
    const posterior = answer.predictions.find((one) => one.label === label)?.posterior ?? '';
    return [csvLine([file, pid, level, id, startMs, endMs, task, label, posterior, answer.score ?? ''])];
  });
}

/** One line of CSV (RFC 4180, section 2), without its end. */
function csvLine(cells: readonly (string | number)[]): string {
  return cells.map((cell) => (/[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : cell)).join(',');
}
