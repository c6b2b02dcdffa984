import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('bundles for a browser: no Node module and no package', async () => {
  const entry = fileURLToPath(new URL('../../src/predictions/index.ts', import.meta.url));
  const bundle = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'browser',
    format: 'esm',
  });
  expect(bundle.errors).toEqual([]);
  const inputs = Object.keys(bundle.metafile.inputs);
  expect(inputs.filter((path) => !/src\/(predictions|errors)\//.test(path))).toEqual([]);
  expect(bundle.outputFiles[0]?.text).not.toMatch(/\b(process|Buffer|require)\b/);
});
