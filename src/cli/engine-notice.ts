import type { PredictionEngine } from '../index.js';

/** Says who made the predictions; stands above every table and in every summary. */
export function engineNotice(engine: PredictionEngine | undefined): string {
  if (engine === 'local') return "local engine: classical signal processing, not the vendor's models";
  return engine === 'remote' ? 'remote engine' : 'engine not known: nothing was answered';
}
