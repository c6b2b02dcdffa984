// Who may import whom. The same table stands, with the reasons, in docs/architecture.md.

/** Below everything: may be imported by every folder. */
const BOTTOM = ['errors', 'events'];
const DATA_PLANE = ['flow', 'audio', 'vad', 'rtp', 'predictions', 'process', 'grpc', 'batch'];
const SERVICE = ['engine', 'grpc', 'predictions', 'audio', 'process'];

/** For each folder of src/: the folders it may import, besides the bottom ones, and the packages. */
const LAYERS = {
  errors: { folders: [], packages: [] },
  events: { folders: [], packages: [] },
  tls: { folders: [], packages: [] },
  flow: { folders: [], packages: [] },
  audio: { folders: ['flow'], packages: ['@echogarden/', 'alawmulaw', 'mpg123-decoder'] },
  vad: { folders: ['audio'], packages: ['@echogarden/', 'onnxruntime-node', 'protobufjs'] },
  rtp: { folders: ['audio'], packages: ['opus-decoder', 'sdp-transform'] },
  predictions: { folders: [], packages: [] },
  observability: { folders: [], packages: ['@opentelemetry/api'] },
  process: { folders: ['flow'], packages: ['prism-media', '@ffmpeg-installer/ffmpeg', 'cockatiel'] },
  grpc: {
    folders: ['predictions', 'audio', 'vad', 'flow', 'tls'],
    packages: ['@grpc/grpc-js', '@grpc/proto-loader', 'cockatiel'],
  },
  batch: { folders: ['predictions', 'flow', 'tls'], packages: ['rxjs', 'cockatiel', 'form-data-encoder'] },
  sources: { folders: DATA_PLANE, packages: ['rxjs', 'fluent-ffmpeg'] },
  operators: { folders: DATA_PLANE, packages: ['rxjs'] },
  telephony: { folders: [...DATA_PLANE, 'sources', 'operators'], packages: ['rxjs', 'structured-headers'] },
  engine: { folders: ['audio', 'vad', 'predictions'], packages: ['@echogarden/', 'onnxruntime-node'] },
  service: {
    // Sources and operators decode recordings, and are loaded with the REST half only.
    folders: [...SERVICE, 'sources', 'operators'],
    packages: ['@grpc/grpc-js', '@grpc/proto-loader', '@grpc/reflection', 'grpc-health-check', 'libsql', 'busboy'],
  },
  testing: { folders: [...SERVICE, 'service', 'vad', 'flow', 'batch', 'rtp'], packages: [] },
  cli: { folders: [], packages: ['rxjs', 'commander', 'log-update', 'picocolors'] },
};

const ENTRIES = '^src/(index|predictions/index|service/index|telephony/index|vad/index|batch/index)[.]ts$';
const escapeRegExp = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

const folderRules = Object.entries(LAYERS).flatMap(([folder, { folders, packages }]) => {
  const inside = `^src/${folder}/`;
  const allowed = [folder, ...(BOTTOM.includes(folder) ? [] : BOTTOM), ...folders].map((name) => `^src/${name}/`);
  if (folder === 'cli') allowed.push(ENTRIES);
  const allowedPackages = packages.map((name) => `^node_modules/(@types/)?${escapeRegExp(name)}${name.endsWith('/') ? '' : '/'}`);
  return [
    {
      name: `${folder}-imports-only-lower-folders`,
      severity: 'error',
      from: { path: inside },
      to: { path: '^src/', pathNot: allowed },
    },
    {
      name: `${folder}-imports-only-its-packages`,
      severity: 'error',
      from: { path: inside },
      to: { path: '^node_modules/', ...(allowedPackages.length > 0 && { pathNot: allowedPackages }) },
    },
  ];
});

export default {
  forbidden: [
    ...folderRules,
    {
      name: 'every-folder-has-a-layer',
      comment: 'A new folder of src/ is added to the table above (and to docs/architecture.md) first.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${Object.keys(LAYERS).join('|')})/` },
      to: {},
    },
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    {
      name: 'predictions-runs-in-a-browser',
      severity: 'error',
      from: { path: '^src/(predictions|errors|events)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'main-entry-stays-light',
      comment: 'Importing the package loads neither the engine nor the service nor a web framework.',
      severity: 'error',
      from: { path: '^src/index[.]ts$' },
      to: {
        path: [
          '^src/(engine|service|testing|cli)/',
          '^node_modules/(hono|@hono/|busboy|express|fastify|koa|pino|ws|libsql|onnxruntime-node)(/|$)',
        ],
        reachable: true,
      },
    },
    {
      name: 'vad-entry-stays-light',
      comment: 'Voice activity detection is loaded alone; the ONNX runtime only where it is asked for.',
      severity: 'error',
      from: { path: '^src/vad/index[.]ts$' },
      to: { path: ['^src/(engine|service|testing|grpc|operators)/', '^node_modules/(rxjs|@grpc)/'], reachable: true },
    },
    {
      name: 'src-needs-nothing-outside',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|benchmarks|examples|scripts|docs)/' },
    },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm', 'npm-peer'] },
    },
    {
      name: 'no-development-packages',
      comment: 'What is needed at run time is a dependency or an (optional) peer; the WebAssembly of @echogarden is built in.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only', 'npm', 'npm-peer'],
        pathNot: '^node_modules/@echogarden/',
      },
    },
    {
      name: 'no-unresolvable-imports',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true, pathNot: ['[.]wasm[?]embed$', '^@ffmpeg-installer/ffmpeg$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
