// @ts-check
// The child's end of child-process.mjs.

/**
 * Answers what the parent asks, until it is gone.
 *
 * @param {Record<string, (parameter: any) => unknown>} methods
 */
export function answerParent(methods) {
  process.on('disconnect', () => process.exit());
  process.on('message', async (/** @type {any} */ { id, method, parameter }) => {
    try {
      process.send?.({ id, value: await methods[method](parameter) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
}
