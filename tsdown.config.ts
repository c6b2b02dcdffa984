import { defineConfig, type UserConfig } from 'tsdown';
import { embedWasm } from './scripts/embed-wasm.mjs';

const library = {
  index: 'src/index.ts',
  batch: 'src/batch/index.ts',
  predictions: 'src/predictions/index.ts',
  service: 'src/service/index.ts',
  testing: 'src/testing/index.ts',
  telephony: 'src/telephony/index.ts',
  vad: 'src/vad/index.ts',
  opentelemetry: 'src/observability/open-telemetry-events.ts',
};

const shared: UserConfig = {
  target: 'node20',
  platform: 'node',
  fixedExtension: false,
  // Built in, because bundlers lose the .wasm files these packages look for beside themselves; nothing else may slip in.
  deps: { alwaysBundle: [/^@echogarden\//], onlyBundle: [/^@echogarden\//] },
  plugins: [embedWasm()],
  // What entries share goes into chunks of its own. Left to itself the bundler puts some of it into the main entry, which the other
  // entries then import back: a circle, which CommonJS warns of, and the whole main entry for who wants the service only.
  // Declarations stay as they are: grouped, they would end up importing themselves.
  outputOptions: {
    codeSplitting: {
      groups: [
        { name: 'model', test: /src[\\/](predictions|errors)[\\/].*(?<![.]d)[.]ts$/ },
        // Voice activity detection is loaded alone, and by the gate only when it is needed.
        { name: 'signal', test: /src[\\/]audio[\\/](resampler|mixer)/ },
        // What rebuilds Silero's network is no part of it: it needs protobufjs, which the light one does without.
        {
          name: 'vad',
          test: /src[\\/](vad(?![\\/]silero[\\/](flat-network|onnx-schema))|audio[\\/]fft)[\\/].*(?<![.]d)[.]ts$/,
        },
        // What telephony plays captures with.
        {
          name: 'files',
          test: /src[\\/](sources[\\/]from-(file|readable)|operators[\\/](pace|stage-operator|expect-chunk|until-closed))[.]ts$/,
        },
        { name: 'core', test: /src[\\/](events|flow|grpc|process|audio(?![\\/]fft))[\\/].*(?<![.]d)[.]ts$/ },
      ],
    },
  },
  checks: { pluginTimings: false },
};

export default defineConfig([
  // The command line shares the library's code: it is built in the same run, so that the chunks are too.
  { ...shared, entry: { ...library, cli: 'src/cli/main.ts' }, format: 'esm', dts: true },
  { ...shared, entry: library, format: 'cjs', dts: true },
  // What the engine's worker threads run: one file, so that it can be copied beside a bundle.
  {
    ...shared,
    entry: { 'behavioral-signals-rx-worker': 'src/engine/workers/worker-main.ts' },
    format: 'esm',
    dts: false,
    outExtensions: () => ({ js: '.mjs' }),
    outputOptions: { codeSplitting: false },
  },
]);
