// @ts-check
// One clock for all processes of the machine.

/** Milliseconds of the system's monotonic clock, which has the same zero in every process (on Linux, CLOCK_MONOTONIC). */
export function nowMs() {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** Resolves at a time of {@link nowMs}, or a little later. @param {number} timeMs @returns {Promise<void>} */
export function until(timeMs) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.ceil(timeMs - nowMs()))));
}
