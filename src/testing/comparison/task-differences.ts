import type { PredictionTasks } from '../../predictions/index.js';

type Task = NonNullable<PredictionTasks[string]>;
type Label = Task['predictions'][number];

/** How the answers of two predictions differ, in words. */
export function taskDifferences(expected: PredictionTasks, actual: PredictionTasks, tolerance: number): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return names.flatMap((name) => {
    const [one, other] = [taskOf(expected, name), taskOf(actual, name)];
    if (!one || !other) return one ? [`${name}: no answer`] : other ? [`${name}: not expected`] : [];
    return answerDifferences(one, other, tolerance).map((difference) => `${name}: ${difference}`);
  });
}

/** A task's own answer; names come from the wire, so that one can be `constructor`. */
function taskOf(tasks: PredictionTasks, name: string): Task | undefined {
  return Object.hasOwn(tasks, name) ? tasks[name] : undefined;
}

function answerDifferences(expected: Task, actual: Task, tolerance: number): string[] {
  const labels = (task: Task) => task.predictions.map(({ label }) => label ?? '');
  return [
    ...(expected.label === actual.label ? [] : [`${actual.label ?? 'no label'} instead of ${expected.label ?? 'none'}`]),
    ...numberDifference('score', expected.score, actual.score, tolerance),
    ...(sameText(labels(expected).sort(), labels(actual).sort())
      ? expected.predictions.flatMap((one, at) => labelDifferences(one, partnerOf(one, at, actual), tolerance))
      : [`labels ${labels(actual).join(', ') || 'none'} instead of ${labels(expected).join(', ') || 'none'}`]),
    ...embeddingDifference(expected.embedding, actual.embedding, tolerance),
  ];
}

/** Labels that are almost as likely may change places. */
function partnerOf(label: Label, at: number, { predictions }: Task): Label | undefined {
  return predictions[at]?.label === label.label ? predictions[at] : predictions.find((other) => other.label === label.label);
}

function labelDifferences(expected: Label, actual: Label | undefined, tolerance: number): string[] {
  const name = expected.label ?? 'entry';
  return (['posterior', 'logit', 'score'] as const).flatMap((field) =>
    numberDifference(field === 'posterior' ? name : `${field} of ${name}`, expected[field], actual?.[field], tolerance),
  );
}

function numberDifference(name: string, expected: number | undefined, actual: number | undefined, tolerance: number): string[] {
  const isSame = expected === undefined || actual === undefined ? expected === actual : Math.abs(expected - actual) <= tolerance;
  return isSame ? [] : [`${name} ${actual ?? 'missing'} instead of ${expected ?? 'none'}`];
}

function embeddingDifference(expected: Task['embedding'], actual: Task['embedding'], tolerance: number): string[] {
  if (!expected || !actual) return expected === actual ? [] : [`embedding ${actual ? 'not expected' : 'missing'}`];
  if (expected.length !== actual.length) return [`embedding of ${actual.length} numbers instead of ${expected.length}`];
  const unlike = expected.filter((value, at) => !(Math.abs(value - (actual[at] as number)) <= tolerance)).length;
  return unlike === 0 ? [] : [`embedding differs in ${unlike} of ${expected.length} numbers`];
}

function sameText(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, at) => text === other[at]);
}
