// Runs a TypeScript module of this repository against src/, as the tests do.
import path from 'node:path';
import { createViteServer } from 'vitest/node';
import { embedWasm } from './embed-wasm.mjs';
import { ensureInstalled, root } from './ensure-installed.mjs';

/** Loads a module, by its path from the repository's root, and calls its `main(args)`; the process ends with the code that it gives. */
export async function runTypeScript(file, args = process.argv.slice(2)) {
  await ensureInstalled();
  const server = await createViteServer({
    root,
    configFile: false,
    appType: 'custom',
    logLevel: 'error',
    plugins: [embedWasm()],
    optimizeDeps: { noDiscovery: true, include: [] },
    server: { middlewareMode: true, watch: null, hmr: false, ws: false },
    ssr: { noExternal: [/@echogarden/] },
  });
  const { main } = await server.ssrLoadModule(path.join(root, file));
  const code = await main(args);
  await server.close();
  process.exit(code ?? 0);
}
