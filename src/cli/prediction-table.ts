import type { ChannelPrediction } from './channel-prediction.js';
import { fitText, printable } from './printable.js';
import { answerText, type TaskColumn, taskColumns } from './task-text.js';
import { type Colours, noColours } from './terminal-colours.js';
import { timeText } from './time-text.js';

const LEVEL_WIDTH = 'utterance'.length;
const GAP = '  ';
/** Names of legs are cut to this. */
const MAX_NAME_WIDTH = 12;

/** Which columns fit, and how wide they are. */
interface Layout {
  readonly timeWidth: number;
  /** 0 where there is only one channel. */
  readonly channelWidth: number;
  readonly columns: readonly TaskColumn[];
  /** Titles of the tasks for which there is no room. */
  readonly hidden: readonly string[];
}

/**
 * Lays predictions out as lines of a table, in columns of the tasks that have come so far.
 *
 * The heading is given again whenever the columns change: another task came, the terminal changed its width, times grew longer.
 */
export class PredictionTable {
  readonly #tasks = new Set<string>();
  readonly #colours: Colours;
  #heading = '';
  #channelWidth = 2;

  /** @param colours Default: none. */
  constructor(colours: Colours = noColours) {
    this.#colours = colours;
  }

  /** The lines for one more prediction, each at most `width` characters wide. */
  lines({ channel, prediction }: ChannelPrediction, width: number): string[] {
    for (const task of Object.keys(prediction.tasks)) this.#tasks.add(task);
    const time = `${timeText(prediction.startMs)}-${timeText(prediction.endMs)}`;
    const name = printable(String(channel));
    this.#channelWidth = Math.min(MAX_NAME_WIDTH, Math.max(this.#channelWidth, name.length));
    const layout = this.#layout(time.length, channel === 'mix' ? 0 : this.#channelWidth, width);
    const { channelWidth } = layout;
    const shownName =
      typeof channel === 'number' ? name.padStart(channelWidth) : fitText(name, channelWidth).padEnd(channelWidth);
    const cells = [
      time.padStart(layout.timeWidth),
      ...(channelWidth > 0 ? [shownName] : []),
      prediction.level.padEnd(LEVEL_WIDTH),
      ...layout.columns.map((column) =>
        fitText(answerText(column.task, prediction.tasks[column.task]), column.width).padEnd(column.width),
      ),
    ];
    const revised = prediction.revision > 0 ? `${GAP}(revised)` : '';
    const row = fitText(`${cells.join(GAP).trimEnd()}${revised}`, width);
    const shown = prediction.level === 'segment' ? this.#colours.dim(row) : row;
    return [...this.#headingIfNew(layout, width), shown];
  }

  #layout(timeLength: number, channelWidth: number, width: number): Layout {
    const timeWidth = [13, 15, 19].find((choice) => choice >= timeLength) ?? timeLength;
    const columns: TaskColumn[] = [];
    const hidden: string[] = [];
    let used = timeWidth + (channelWidth > 0 ? GAP.length + channelWidth : 0) + GAP.length + LEVEL_WIDTH;
    for (const column of taskColumns(this.#tasks)) {
      used += GAP.length + column.width;
      if (used <= width && hidden.length === 0) columns.push(column);
      else hidden.push(column.title);
    }
    return { timeWidth, channelWidth, columns, hidden };
  }

  #headingIfNew({ timeWidth, channelWidth, columns, hidden }: Layout, width: number): string[] {
    const titles = [
      'time'.padEnd(timeWidth),
      ...(channelWidth > 0 ? [(channelWidth > 2 ? 'leg' : 'ch').padEnd(channelWidth)] : []),
      'level'.padEnd(LEVEL_WIDTH),
      ...columns.map((column) => column.title.padEnd(column.width)),
    ].join(GAP);
    const heading = `${titles}\n${hidden.join()}`;
    if (heading === this.#heading) return [];
    this.#heading = heading;
    const missing = fitText(printable(`no room for: ${hidden.join(', ')}; widen the terminal, or use --json`), width);
    return ['', this.#colours.bold(titles.trimEnd()), ...(hidden.length > 0 ? [this.#colours.dim(missing)] : [])];
  }
}
