// @ts-check
// Interleaving: both sides of a pair run one after the other, and take turns at being first.

/**
 * Runs both sides `count` times and returns their results in order.
 *
 * @template A, B
 * @param {number} count
 * @param {(pair: number) => Promise<A>} ours
 * @param {(pair: number) => Promise<B>} baseline
 */
export async function interleave(count, ours, baseline) {
  /** @type {A[]} */
  const oursResults = [];
  /** @type {B[]} */
  const baselineResults = [];
  for (let pair = 0; pair < count; pair += 1) {
    const sides = [async () => oursResults.push(await ours(pair)), async () => baselineResults.push(await baseline(pair))];
    if (pair % 2 === 1) sides.reverse();
    for (const side of sides) await side();
  }
  return { ours: oursResults, baseline: baselineResults };
}
