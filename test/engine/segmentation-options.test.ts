import { describe, expect, it } from 'vitest';
import { segmentationOptions } from '../../src/engine/segmentation-options.js';

describe('segmentationOptions', () => {
  it('has the documented defaults', () => {
    expect(segmentationOptions()).toMatchObject({ minSpeechMs: 250, endSilenceMs: 500, segmentMs: 2000, maxUtteranceMs: 30_000 });
  });

  it.each([
    [{ endSilenceMs: 50 }, 'segmentation.endSilenceMs: must be a number from 100 to 1500, but got 50'],
    [{ minSpeechMs: Number.NaN }, 'segmentation.minSpeechMs'],
    [{ onThreshold: 0.3 }, 'segmentation.offThreshold: must not exceed onThreshold'],
    [{ padAfterMs: 300, endSilenceMs: 200 }, 'segmentation.padAfterMs: must not exceed endSilenceMs'],
  ])('refuses %o, naming the option', (options, message) => {
    expect(() => segmentationOptions(options)).toThrow(message);
  });
});
