import { OptionError } from '../errors/index.js';
import type { Prediction } from './prediction.js';
import { printRow } from './result-row.js';
import type { StreamResultJson } from './stream-result-json.js';
import { toJsonInteger } from './wire-text.js';

/**
 * Prints the predictions of one message in the documented JSON form: what {@link parseStreamResult} read comes back the same.
 *
 * Numbers print as the service writes them; where it wrote one differently, the text was kept in the prediction's `raw` and is
 * used again. Two things are put in order: rows that lacked a documented field have it, and rows of one segment or utterance
 * stand together. A revision prints all tasks known so far.
 *
 * @throws OptionError when the predictions come from different messages: print them message by message.
 */
export function printStreamResult(predictions: readonly Prediction[]): StreamResultJson {
  const [first] = predictions;
  if (!first) return { pid: 0, cid: 0, message_id: 0, results: [] };
  if (
    predictions.some((other) => other.pid !== first.pid || other.messageId !== first.messageId || other.epoch !== first.epoch)
  ) {
    throw new OptionError('predictions', 'must all come from one message, with the same epoch, pid and messageId');
  }
  return {
    pid: toJsonInteger(first.pid),
    cid: toJsonInteger(first.cid),
    message_id: first.messageId,
    results: predictions.flatMap(({ tasks, id, level, startTime, endTime }) =>
      Object.entries(tasks).flatMap(([task, answer]) =>
        answer ? [printRow(answer, { id, task, level, startTime, endTime })] : [],
      ),
    ),
  };
}
