import type { Flow } from '../../src/flow/index.js';

/** A flow for audio that no boundary governs: holding it has no effect. */
export const unboundedFlow: Flow = { hold: () => () => {} };
