import { deepfake } from './deepfake.js';
import { gender } from './gender.js';
import { hesitation } from './hesitation.js';
import { intensity } from './intensity.js';
import { speakingRate } from './speaking-rate.js';
import { strength } from './strength.js';
import type { TaskModel } from './task-model.js';

/** The tasks of each analysis, in the order they are reported. */
export const TASK_MODELS: Readonly<Record<'behavior' | 'deepfake', readonly TaskModel[]>> = {
  behavior: [gender, strength, speakingRate, hesitation, intensity],
  deepfake: [deepfake],
};

export type { TaskAnswer, TaskCard, TaskContext, TaskModel } from './task-model.js';
