/** The rate the engine analyses at, in Hz; all its sample positions count at this rate. */
export const ENGINE_SAMPLE_RATE = 16_000;
