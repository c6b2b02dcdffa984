import { defineConfig } from 'tsdown';
import { embedWasm } from './scripts/embed-wasm.mjs';

export default defineConfig([
  {
    entry: {
      index: 'src/index.ts',
      predictions: 'src/predictions/index.ts',
      service: 'src/service/index.ts',
    },
    format: ['esm', 'cjs'],
    dts: true,
    target: 'node20',
    platform: 'node',
    noExternal: [/^@echogarden\//],
    plugins: [embedWasm()],
  },
  {
    entry: { cli: 'src/cli/main.ts' },
    format: ['esm'],
    dts: false,
    clean: false,
    target: 'node20',
    platform: 'node',
    external: [/^behavioral-signals-rx/],
    plugins: [embedWasm()],
  },
]);
