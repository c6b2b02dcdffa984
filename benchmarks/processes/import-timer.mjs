// @ts-check
// Times imports in a process that has imported nothing else.
import { createRequire } from 'node:module';
import { answerParent } from '../measuring/answer-parent.mjs';

const require = createRequire(import.meta.url);

answerParent({
  /** Loads modules one after the other, as ESM or CommonJS; the time in ms. */
  load: async (/** @type {{ modules: string[], how: 'import' | 'require' }} */ { modules, how }) => {
    const startMs = performance.now();
    for (const name of modules) {
      if (how === 'require') require(name);
      else await import(name);
    }
    return performance.now() - startMs;
  },
});
