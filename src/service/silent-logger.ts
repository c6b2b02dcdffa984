import type { Logger } from '../events/index.js';

/** Reports nothing. */
export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} };
