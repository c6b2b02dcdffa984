import { createLogUpdate } from 'log-update';
import type { BatchFileEvent } from '../batch/index.js';
import { countText } from './count-text.js';
import type { Terminal } from './live-view.js';
import { fitText, printable } from './printable.js';
import { isUnicodeTerminal } from './progress-bar.js';

const REDRAW_MS = 100;
const BAR_WIDTH = 24;

/** Shows how far files are, on standard error. */
export interface BatchProgress {
  show(event: BatchFileEvent): void;
  /** A line that stays; it names its file itself. */
  note(text: string): void;
  end(): void;
}

/** One line for each file under way, redrawn, on terminals that can and may; else a line for each change. */
export function batchProgress(isLive: boolean, stderr: Terminal = process.stderr): BatchProgress {
  return isLive ? liveProgress(stderr) : plainProgress(stderr);
}

function plainProgress(stderr: Terminal): BatchProgress {
  const uploading = new Set<string>();
  const note = (text: string) => void stderr.write(`${printable(text)}\n`);
  return {
    show(event) {
      // Each upload once, not each of its parts.
      if (event.state === 'uploading' && uploading.has(event.file)) return;
      if (event.state === 'uploading') uploading.add(event.file);
      note(eventText(event));
    },
    note,
    end() {},
  };
}

function liveProgress(stderr: Terminal): BatchProgress {
  const draw = createLogUpdate(stderr);
  const active = new Map<string, BatchFileEvent>();
  const lines: string[] = [];
  const unicode = isUnicodeTerminal();
  let isStale = false;
  const redraw = () => {
    if (!isStale) return;
    isStale = false;
    const width = stderr.columns ?? 80;
    const room = Math.max(1, (stderr.rows ?? 24) - 2);
    for (const line of lines.splice(0)) draw.persist(fitText(printable(line), width));
    draw(
      [...active.values()]
        .slice(0, room)
        .map((event) => fitText(printable(activeText(event, unicode)), width))
        .join('\n'),
    );
  };
  const timer = setInterval(redraw, REDRAW_MS);
  return {
    show(event) {
      isStale = true;
      if (event.state === 'uploading' || event.state === 'pending' || event.state === 'processing') active.set(event.file, event);
      else {
        active.delete(event.file);
        lines.push(eventText(event));
      }
    },
    note(text) {
      isStale = true;
      lines.push(text);
    },
    end() {
      clearInterval(timer);
      active.clear();
      isStale = true;
      redraw();
      draw.done();
    },
  };
}

function activeText(event: BatchFileEvent, unicode: boolean): string {
  if (event.state !== 'uploading' || !event.totalBytes) return eventText(event);
  const share = Math.min(1, event.sentBytes / event.totalBytes);
  const filled = Math.round(share * BAR_WIDTH);
  const [full, empty] = unicode ? ['█', '░'] : ['#', '-'];
  const percent = `${String(Math.floor(share * 100)).padStart(3)}%`;
  return `${event.file}: uploading ${full.repeat(filled)}${empty.repeat(BAR_WIDTH - filled)} ${percent} of ${sizeText(event.totalBytes)}`;
}

/** What happened to a file, in words. */
export function eventText(event: BatchFileEvent): string {
  const { file, state } = event;
  switch (state) {
    case 'uploading':
      return `${file}: uploading${event.totalBytes ? ` ${sizeText(event.totalBytes)}` : ''}`;
    case 'completed': {
      const utterances = event.results.predictions.filter(({ level }) => level === 'utterance').length;
      return `${file}: completed, ${countText(utterances, 'utterance')} (pid ${event.results.pid})`;
    }
    case 'failed':
      return `${file}: failed, ${event.error.code}: ${event.error.message}`;
    case 'skipped':
      return `${file}: skipped, ${event.pid ? `done by an earlier run (pid ${event.pid})` : 'named twice'}`;
    case 'left-out':
      return `${file}: left out, it would go beyond --max-minutes`;
    default:
      return `${file}: ${state} (pid ${event.process.pid})`;
  }
}

function sizeText(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ['GB', 1e9] : bytes >= 1e6 ? ['MB', 1e6] : ['kB', 1e3];
  return `${(bytes / size).toFixed(1)} ${unit}`;
}
