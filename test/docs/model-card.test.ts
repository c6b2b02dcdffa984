import { describe, expect, it } from 'vitest';
import { main, modelCard } from '../../evaluation/model-card.js';
import { TASK_MODELS } from '../../src/engine/tasks/index.js';

const MODELS = [...TASK_MODELS.behavior, ...TASK_MODELS.deepfake];

describe('docs/model-card.md', () => {
  it('is what the task modules say', async () => {
    expect(await main(['--check'])).toBe(0);
  });

  it('says of every task what it may and may not be used for, its sources and its evidence', () => {
    const card = modelCard([]);
    for (const { task, card: about } of MODELS) {
      expect(card).toContain(`## ${task}\n`);
      for (const text of [about.measures, about.use, about.avoid, about.evidence, ...about.sources]) expect(card).toContain(text);
    }
  });

  it('gives priors that are distributions, and caps above them', () => {
    for (const { labels, card } of MODELS) {
      expect(card.prior).toHaveLength(labels.length);
      if (labels.length === 0) continue;
      expect(card.prior.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
      expect(Math.max(...card.prior)).toBeLessThanOrEqual(card.cap);
    }
  });
});
