import type { EngineResult, LabelResult, TaskResult } from '../engine/index.js';
import type { LabelJson, ResultJson } from '../predictions/index.js';
import { resultRows } from './result-message.js';

/** Puts an engine's result into the rows that REST answers with: as on the wire of gRPC, but with what that can't carry. */
export function resultJson(result: EngineResult): ResultJson[] {
  return resultRows(result).map((row, index) => {
    const task = result.tasks[index] as TaskResult;
    const startTime = row.startTime ?? '';
    const endTime = row.endTime ?? '';
    return {
      id: result.id,
      startTime,
      endTime,
      task: task.task,
      prediction: task.predictions.map((label, place) => labelJson(label, row.prediction?.[place])),
      // Tasks that name no label, such as features and intensity, have none; an empty one makes no claim.
      finalLabel: hasLabels(task) ? task.finalLabel : null,
      level: result.level,
      embedding: row.embedding ?? '',
      st: Number(startTime),
      et: Number(endTime),
    };
  });
}

function labelJson(
  { label, dominantInSegments }: LabelResult,
  printed: { posterior?: string; logit?: string; score?: string } = {},
): LabelJson {
  const { posterior = null, logit, score } = printed;
  return {
    label: label ?? null,
    posterior,
    ...(logit !== undefined && { logit }),
    ...(score !== undefined && { score }),
    dominantInSegments: dominantInSegments ?? null,
  };
}

function hasLabels({ predictions }: TaskResult): boolean {
  return predictions.some(({ label }) => label !== undefined);
}

/** The rows as a piece of a JSON array: with commas between them, without its brackets. */
export function resultPiece(result: EngineResult): string {
  return JSON.stringify(resultJson(result)).slice(1, -1);
}
