// Writes docs/model-card.md from what the engine's task modules say of themselves; see evaluation/model-card.ts.
// With --check it changes nothing and fails when the checked-in file is not what they say.
import { runTypeScript } from './run-typescript.mjs';

await runTypeScript('evaluation/model-card.ts');
