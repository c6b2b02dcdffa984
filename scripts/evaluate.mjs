// `npm run evaluate -- FOLDER`: what the local engine makes of recordings whose truth is known; see evaluation/evaluate.ts.
import path from 'node:path';
import { root } from './ensure-installed.mjs';
import { runTypeScript } from './run-typescript.mjs';

// npm runs scripts in the package's folder; the folder was named from where the user stood.
const stood = process.env.INIT_CWD ?? process.cwd();
process.chdir(root);
await runTypeScript(
  'evaluation/evaluate.ts',
  process.argv
    .slice(2)
    .map((argument) =>
      argument.startsWith('-') || argument === 'light' || argument === 'silero' ? argument : path.resolve(stood, argument),
    ),
);
