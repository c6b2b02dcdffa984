/** Waits until a figure stands still over many turns of the event loop. */
export async function settled(figure: () => number): Promise<number> {
  for (let still = 0, last = -1; still < 300; still = figure() === last ? still + 1 : 0) {
    last = figure();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return figure();
}
