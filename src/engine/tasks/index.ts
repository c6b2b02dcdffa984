import { age } from './age.js';
import { deepfake } from './deepfake.js';
import { emotion } from './emotion.js';
import { engagement } from './engagement.js';
import { gender } from './gender.js';
import { hesitation } from './hesitation.js';
import { intensity } from './intensity.js';
import { positivity } from './positivity.js';
import { speakingRate } from './speaking-rate.js';
import { strength } from './strength.js';
import type { TaskModel } from './task-model.js';

/** The tasks of each analysis, in the order they are reported. */
export const TASK_MODELS: Readonly<Record<'behavior' | 'deepfake', readonly TaskModel[]>> = {
  behavior: [gender, age, emotion, positivity, strength, speakingRate, hesitation, engagement, intensity],
  deepfake: [deepfake],
};

export type { TaskAnswer, TaskCard, TaskContext, TaskModel } from './task-model.js';
