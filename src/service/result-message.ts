import type { EngineResult, LabelResult, TaskResult } from '../engine/index.js';
import type { InferenceResult } from '../grpc/proto/types/behavioral_api/grpc/v1/InferenceResult.js';
import type { Prediction } from '../grpc/proto/types/behavioral_api/grpc/v1/Prediction.js';
import { printEmbedding } from '../predictions/embedding-text.js';
import { printNumber, printSeconds } from '../predictions/wire-number.js';

/** Puts an engine's result for one segment or utterance into the wire's rows, one for each task. */
export function resultRows({ id, level, startTime, endTime, tasks }: EngineResult): InferenceResult[] {
  const place = { id, level, startTime: printSeconds(round(startTime, 3)), endTime: printSeconds(round(endTime, 3)) };
  return tasks.map((task) => ({ ...place, ...taskRow(task) }));
}

function taskRow({ task, predictions, finalLabel, embedding }: TaskResult): InferenceResult {
  return {
    task,
    prediction: predictions.map(labelRow),
    finalLabel,
    // Seven digits are what 32-bit features hold.
    ...(embedding && { embedding: printEmbedding(embedding.map((value) => Number(value.toPrecision(7)))) }),
  };
}

/** Four decimals, as the vendor's service sends. */
function labelRow({ label, posterior, logit, score }: LabelResult): Prediction {
  return {
    label: label ?? '',
    ...(posterior !== undefined && { posterior: printNumber(round(posterior, 4)) }),
    ...(logit !== undefined && { logit: printNumber(round(logit, 4)) }),
    ...(score !== undefined && { score: printNumber(round(score, 4)) }),
  };
}

function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
