import type { ChannelMessage, ChannelPrediction } from './channel-prediction.js';
import { printable } from './printable.js';
import type { View } from './view.js';

/**
 * One JSON object a line on standard output and nothing else; all the rest goes to standard error.
 *
 * With `raw` the lines are the service's messages in its documented form, else predictions. Both name the engine, and the channel or the leg.
 */
export function jsonView({ raw }: { raw: boolean }): View {
  let engine: string | undefined;
  const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const say = (text: string) => process.stderr.write(`${printable(text)}\n`);
  return {
    heading: say,
    prediction({ channel, prediction }: ChannelPrediction) {
      engine = prediction.engine;
      // One of a call names its leg, as all events of a call do.
      if (!raw) print('leg' in prediction ? prediction : { channel, ...prediction });
    },
    message({ channel, message }: ChannelMessage) {
      if (raw) print({ channel, engine, ...message });
    },
    progress() {},
    note: (text) => say(`note ${text}`),
    end: (summary) => summary.length > 0 && say(summary.join('\n')),
  };
}
