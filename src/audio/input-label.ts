const labels = new WeakMap<object, string>();

/** Notes what an input is called: of one that is empty no chunk comes whose `source` would say it. */
export function labelInput<Input extends object>(input: Input, label: string): Input {
  labels.set(input, label);
  return input;
}

/** What an input is called; undefined behind an operator, where only its chunks say it. */
export function inputLabel(input: object): string | undefined {
  return labels.get(input);
}
