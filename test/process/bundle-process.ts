import path from 'node:path';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..', '..');

/** Bundles src/process to `process.mjs` in the folder, for tests that need it in a Node process of its own. */
export async function bundleProcess(folder: string): Promise<void> {
  await build({
    entryPoints: [path.join(root, 'src', 'process', 'index.ts')],
    outfile: path.join(folder, 'process.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
}

/** The environment in which the bundle finds prism-media. */
export const bundleEnvironment: NodeJS.ProcessEnv = { ...process.env, NODE_PATH: path.join(root, 'node_modules') };
