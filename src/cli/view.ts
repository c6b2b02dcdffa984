import type { ChannelMessage, ChannelPrediction } from './channel-prediction.js';

/** Where a stream's predictions and everything said about it go. */
export interface View {
  /** A line above the table: what is streamed, who answers. */
  heading(text: string): void;
  prediction(item: ChannelPrediction): void;
  /** A whole message of the service; only JSON output shows these, instead of predictions. */
  message(item: ChannelMessage): void;
  /** Audio was sent, up to a position in the input. */
  progress(sentMs: number, totalMs: number | undefined): void;
  /** Something noticed on the way: a diagnostic, what an interrupt does. */
  note(text: string): void;
  /** The stream is over: the summary, as lines. */
  end(summary: readonly string[]): void;
}

/** How output is shown. */
export type ViewKind = 'live' | 'plain' | 'json';

/** What decides on the kind of output. */
export interface ViewChoice {
  readonly json?: boolean | undefined;
  readonly plain?: boolean | undefined;
  readonly isTerminal: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** JSON when asked for or piped; else a table, which is redrawn only on terminals that can and may. */
export function chooseView({ json, plain, isTerminal, env }: ViewChoice): ViewKind {
  if (json || (!isTerminal && !plain)) return 'json';
  return plain || env.NO_COLOR || env.TERM === 'dumb' ? 'plain' : 'live';
}
