const labels = new WeakMap<object, string>();

/** Notes what an input is called, for who takes it and gets nothing that would say so. */
export function labelInput<Input extends object>(input: Input, label: string): Input {
  labels.set(input, label);
  return input;
}

/** What an input is called; undefined where that isn't known before its first chunk. */
export function inputLabel(input: object): string | undefined {
  return labels.get(input);
}
