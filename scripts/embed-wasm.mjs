import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const SUFFIX = '.wasm?embed';
// Not a path: vitest would leave a file of node_modules to Node, which can't load it.
const PREFIX = '\0embedded-wasm-';
const require = createRequire(import.meta.url);

/**
 * A Rollup-style plugin (for tsdown and vitest) that makes `import bytes from 'package/file.wasm?embed'` the file's base64 text,
 * and cuts the packages' loaders off from `import.meta.url`, so that one bundled file needs nothing beside it, in ESM and CJS alike.
 */
export function embedWasm() {
  return {
    name: 'embed-wasm',
    enforce: 'pre',
    resolveId(id) {
      if (!id.endsWith(SUFFIX)) return null;
      const [scope, name, ...rest] = id.slice(0, -'?embed'.length).split('/');
      const roots = require.resolve.paths(`${scope}/${name}`) ?? [];
      const root = roots.map((folder) => path.join(folder, scope, name)).find((folder) => existsSync(folder));
      if (!root) throw new Error(`${id}: ${scope}/${name} is not installed`);
      return PREFIX + Buffer.from(path.join(root, ...rest)).toString('hex');
    },
    async load(id) {
      if (!id.startsWith(PREFIX)) return null;
      const bytes = await readFile(Buffer.from(id.slice(PREFIX.length), 'hex').toString());
      return `export default ${JSON.stringify(bytes.toString('base64'))};`;
    },
    transform(code, id) {
      if (!/node_modules[\\/]@echogarden[\\/]/.test(id)) return null;
      return { code: code.replaceAll('import.meta.url', '"data:,"'), map: null };
    },
  };
}
