import type { ChannelName, ChannelPrediction } from '../../../src/cli/channel-prediction.js';
import type { Prediction, TaskPrediction } from '../../../src/index.js';

/** A label that a task claims with a posterior. */
export function claim(label: string, posterior: number): TaskPrediction {
  return { label, top: { label, posterior }, predictions: [{ label, posterior, dominantInSegments: null }] };
}

/** An answer without a claim. */
export const noClaim: TaskPrediction = { predictions: [{ label: 'normal', posterior: 0.4, dominantInSegments: null }] };

/** An answer on a scale. */
export function score(value: number): TaskPrediction {
  return { predictions: [{ score: value, dominantInSegments: null }], score: value };
}

/** A prediction of a channel from one second to another. */
export function predicted(
  [start, end]: readonly [number, number],
  tasks: Record<string, TaskPrediction>,
  { channel = 0, level = 'utterance', ...fields }: Partial<Prediction> & { channel?: ChannelName } = {},
): ChannelPrediction {
  const prediction: Prediction = {
    key: `0/${level}/${start}`,
    revision: 0,
    epoch: 0,
    level,
    id: '1',
    pid: '1',
    messageId: 0,
    startMs: start * 1000,
    endMs: end * 1000,
    engine: 'local',
    tasks,
    ...fields,
  };
  return { channel, prediction };
}
