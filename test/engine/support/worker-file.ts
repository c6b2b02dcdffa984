import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { embedWasm } from '../../../scripts/embed-wasm.mjs';

const root = path.resolve(import.meta.dirname, '../../..');

/** Builds what the engine's workers run from the sources, or from a file that imports them, and gives the file. */
export async function workerFile(entry = path.join(root, 'src/engine/workers/worker-main.ts')): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'engine-worker-'));
  const outfile = path.join(folder, 'worker.mjs');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    absWorkingDir: root,
    plugins: [embedding()],
    // The entry is one for its side effects, whatever package.json says of the library.
    ignoreAnnotations: true,
    // Some of what is built in asks for Node's modules by require().
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return outfile;
}

/** The build's plugin for WebAssembly, for esbuild. */
function embedding(): Plugin {
  const plugin = embedWasm() as unknown as { resolveId(id: string): string | null; load(id: string): Promise<string | null> };
  return {
    name: 'embed-wasm',
    setup(esbuild) {
      esbuild.onResolve({ filter: /[.]wasm[?]embed$/ }, ({ path: id }) => ({
        path: plugin.resolveId(id)!,
        namespace: 'embedded',
      }));
      esbuild.onLoad({ filter: /.*/, namespace: 'embedded' }, async ({ path: id }) => {
        return { contents: (await plugin.load(id))!, loader: 'js' };
      });
    },
  };
}
