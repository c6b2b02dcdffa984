import type { TaskPrediction } from '../index.js';
import { printable } from './printable.js';

/** Tasks in the order they are shown, with the width their longest documented answer takes. Others follow, as they come. */
const KNOWN_TASKS: readonly { task: string; title: string; width: number }[] = [
  { task: 'deepfake', title: 'deepfake', width: 13 },
  { task: 'gender', title: 'gender', width: 10 },
  { task: 'strength', title: 'strength', width: 11 },
  { task: 'speaking_rate', title: 'rate', width: 13 },
  { task: 'emotion', title: 'emotion', width: 11 },
  { task: 'intensity', title: 'intensity', width: 9 },
  { task: 'positivity', title: 'positivity', width: 12 },
  { task: 'engagement', title: 'engagement', width: 13 },
  { task: 'hesitation', title: 'hesitation', width: 10 },
  { task: 'age', title: 'age', width: 11 },
  { task: 'politeness', title: 'politeness', width: 10 },
];

/** Tasks whose answers are no labels but vectors. */
const NOT_SHOWN: ReadonlySet<string> = new Set(['features']);

/** A task as a column of the table. */
export interface TaskColumn {
  readonly task: string;
  readonly title: string;
  readonly width: number;
}

/** The columns for tasks, in the order to show them; tasks this program doesn't know come last. */
export function taskColumns(tasks: ReadonlySet<string>): TaskColumn[] {
  const known = KNOWN_TASKS.filter(({ task }) => tasks.has(task));
  const others = [...tasks].filter((task) => !NOT_SHOWN.has(task) && !KNOWN_TASKS.some((entry) => entry.task === task));
  return [...known, ...others.sort().map((task) => ({ task, title: taskTitle(task), width: Math.max(16, task.length) }))];
}

/** A task's name in words. */
export function taskTitle(task: string): string {
  return printable(task.replaceAll('_', ' '));
}

/** What a task's answer claims: its final label, or that it makes no claim. */
export function claimText(task: string, { label }: TaskPrediction): string {
  if (label !== undefined) return printable(label);
  return task === 'deepfake' ? 'not assessed' : 'no claim';
}

/** A task's answer in a few characters: the claimed label and its posterior, or the score. */
export function answerText(task: string, answer: TaskPrediction | undefined): string {
  if (!answer) return '';
  if (answer.score !== undefined) return answer.score.toFixed(2);
  const claim = claimText(task, answer);
  const posterior = answer.predictions.find(({ label }) => label === answer.label)?.posterior;
  return answer.label === undefined || posterior === undefined ? claim : `${claim} ${Math.round(posterior * 100)}%`;
}
