import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/ensure-built.mjs';
import { folderBytes, packAndInstall } from '../../scripts/packed-install.mjs';
import type { Prediction } from '../../src/predictions/index.js';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const consumer = path.join(import.meta.dirname, 'consumer');
const recordings = ['call/support_mulaw_8k.wav', 'call/support.mp3'].map((file) => path.join(root, 'test/fixtures', file));
const RECORDING_MS = 14_100;

let scratch: string;
let app: string;

beforeAll(async () => {
  await ensureBuilt();
  scratch = await mkdtemp(path.join(os.tmpdir(), 'packed-library-'));
  app = await packAndInstall(scratch);
}, 240_000);

afterAll(() => rm(scratch, { recursive: true, force: true }));

interface Outcome {
  readonly predictions: Prediction[];
  /** Audio after decoding, resampling and chunking. */
  readonly sentMs: number;
}

/** Runs a consumer's program over the recordings, in its own folder, and checks that it decoded, resampled and streamed them. */
async function expectToStream(program: string): Promise<void> {
  const { stdout } = await run(process.execPath, [program, ...recordings], { cwd: path.dirname(program), timeout: 60_000 });
  const outcomes = JSON.parse(stdout) as Outcome[];
  expect(outcomes).toHaveLength(recordings.length);
  for (const { predictions, sentMs } of outcomes) {
    expect(Math.abs(sentMs - RECORDING_MS)).toBeLessThan(30);
    const utterances = predictions.filter(({ level }) => level === 'utterance');
    expect(utterances.length).toBeGreaterThan(2);
    for (const { engine, startMs, endMs, tasks } of utterances) {
      expect(engine).toBe('local');
      expect(endMs).toBeGreaterThan(startMs);
      expect(endMs).toBeLessThanOrEqual(RECORDING_MS + 30);
      expect(['male', 'female']).toContain(tasks.gender?.top?.label);
    }
  }
}

describe('the packed library, installed into an empty folder', () => {
  it('streams from an ES module', async () => {
    const program = path.join(app, 'stream-recordings.mjs');
    await copyFile(path.join(consumer, 'stream-recordings.mjs'), program);
    await expectToStream(program);
  }, 60_000);

  it('streams from CommonJS', async () => {
    const program = path.join(app, 'stream-recordings.cjs');
    await copyFile(path.join(consumer, 'stream-recordings.cjs'), program);
    await expectToStream(program);
  }, 60_000);

  it('streams from TypeScript, compiled strictly to both forms', async () => {
    const folders = await Promise.all(
      (['module', 'commonjs'] as const).map(async (type) => {
        const folder = path.join(app, `typed-${type}`);
        await mkdir(folder);
        await writeFile(path.join(folder, 'package.json'), JSON.stringify({ type }));
        await copyFile(path.join(consumer, 'typed-stream.ts'), path.join(folder, 'typed-stream.ts'));
        return folder;
      }),
    );
    const compilerOptions = {
      target: 'es2022',
      lib: ['es2023'],
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      types: ['node'],
    };
    await writeFile(path.join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['typed-*/*.ts'] }));
    const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [compiler, '-p', app]).catch((error) => error);
    expect(stdout).toBe('');
    for (const folder of folders) await expectToStream(path.join(folder, 'typed-stream.js'));
  }, 120_000);

  it('streams from a bundle that stands alone as an ES module, given a require()', async () => {
    const bundle = await bundleInto('esm', 'stream-recordings.mjs', {
      format: 'esm',
      banner: {
        js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
      },
    });
    await expectToStream(bundle);
  }, 60_000);

  it('streams from a bundle that has only one of the packages for health checks and reflection', async () => {
    const bundle = await bundleInto('half', 'stream-recordings.cjs', { format: 'cjs', external: ['grpc-health-check'] });
    const program = path.join(app, 'half-bundled.cjs');
    await copyFile(bundle, program);
    await expectToStream(program);
  }, 60_000);

  it.each(['stream-recordings.cjs', 'stream-recordings.mjs'])(
    'streams from %s bundled to stand alone in CommonJS',
    async (source) => {
      await expectToStream(await bundleInto(`cjs-from-${source}`, source, { format: 'cjs' }));
    },
    60_000,
  );

  it('runs its command', async () => {
    const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { version: string };
    const { stdout } = await runCommand('--version');
    expect(stdout.trim()).toBe(manifest.version);
  }, 30_000);

  it('streams a file with its command, as one JSON object a line', async () => {
    await copyFile(recordings[0]!, path.join(app, 'call.wav'));
    const { stdout } = await runCommand('stream', 'call.wav', '--local');
    const predictions = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Prediction);
    const utterances = predictions.filter(({ level, engine }) => level === 'utterance' && engine === 'local');
    expect(utterances.length).toBeGreaterThan(2);
  }, 60_000);

  it('has a demonstration, and the call that it streams', async () => {
    expect((await runCommand('demo', '--help')).stdout).toContain('Usage: behavioral-signals-rx demo');
    const { stdout } = await runCommand('demo', '--pace', '50');
    const channels = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { channel: number }).channel);
    expect(new Set(channels)).toEqual(new Set([0, 1]));
  }, 60_000);

  it('takes at most 25 MB, rxjs included', async () => {
    const bytes = await folderBytes(path.join(app, 'node_modules'));
    expect(bytes).toBeLessThanOrEqual(25e6);
  });

  it('loads neither the engine nor the service through its main entry, and nothing of Node through the predictions', async () => {
    const entry = (name: string) => path.join(app, 'node_modules/behavioral-signals-rx/dist', name);
    const analysed = await build({
      entryPoints: [entry('index.js'), entry('predictions.js')],
      outdir: path.join(scratch, 'analysed'),
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      metafile: true,
      write: false,
    });
    const [main, predictions] = Object.values(analysed.metafile.outputs);
    expect(main?.imports.map(({ path: name }) => name)).not.toContain('grpc-health-check');
    expect(predictions?.imports).toEqual([]);
  });

  it('loads protobufjs with Silero only, not with voice activity detection', async () => {
    const loaded = 'console.log(Object.keys(require.cache).filter((name) => /[\\\\/]protobufjs[\\\\/]/.test(name)).length)';
    const program = `require('behavioral-signals-rx/vad').loadLightVad().then(() => ${loaded})`;
    const { stdout } = await run(process.execPath, ['-e', program], { cwd: app });
    expect(stdout).toBe('0\n');
  });

  it('says what to install where OpenTelemetry is missing, and carries it in a bundle where it is not', async () => {
    const program = path.join(app, 'observed.mjs');
    await writeFile(
      program,
      "import { openTelemetryEvents } from 'behavioral-signals-rx/opentelemetry';\n" +
        'openTelemetryEvents().then((observer) => console.log(typeof observer.next), ({ code, message }) => console.log(code, message));\n',
    );
    const missing = await run(process.execPath, [program], { cwd: app });
    expect(missing.stdout).toMatch(/^PACKAGE_MISSING .*npm install @opentelemetry\/api\n$/);
    for (const format of ['esm', 'cjs'] as const) {
      const outfile = path.join(scratch, 'bundles', `observed-${format}`, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs');
      const nodePaths = [path.join(root, 'node_modules')];
      await build({ entryPoints: [program], outfile, bundle: true, platform: 'node', format, nodePaths, logLevel: 'silent' });
      const { stdout } = await run(process.execPath, [outfile], { cwd: path.dirname(outfile) });
      expect(stdout).toBe('function\n');
    }
  }, 60_000);

  it('ships its licences and those of what is built in, and of its recording, and no fixtures', async () => {
    const library = path.join(app, 'node_modules/behavioral-signals-rx');
    const words = (text: string) => text.replace(/[\s=]+/g, ' ').trim();
    const notices = words(await readFile(path.join(library, 'THIRD_PARTY_NOTICES.md'), 'utf8'));
    for (const licence of ['fvad-wasm/LICENSE', 'pffft-wasm/COPYING', 'speex-resampler-wasm/COPYING']) {
      expect(notices).toContain(words(await readFile(path.join(root, 'node_modules/@echogarden', licence), 'utf8')));
    }
    expect((await readdir(path.join(library, 'examples'), { recursive: true })).sort()).toEqual([
      'audio',
      'audio/NOTICE.md',
      'audio/two-party-call.wav',
    ]);
    expect((await readdir(library)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'THIRD_PARTY_NOTICES.md',
      'dist',
      'docs',
      'examples',
      'package.json',
      'proto',
    ]);
  });
});

/** Runs the installed command in the folder it is installed into, without credentials from the environment. */
function runCommand(...args: string[]): Promise<{ stdout: string }> {
  const command = path.join(app, 'node_modules/.bin/behavioral-signals-rx');
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BEHAVIORALSIGNALS_')));
  return run(command, args, { cwd: app, env, shell: process.platform === 'win32' });
}

/** Bundles a consumer's program into a folder without node_modules. */
async function bundleInto(folder: string, source: string, options: Parameters<typeof build>[0]): Promise<string> {
  const outfile = path.join(scratch, 'bundles', folder, options.format === 'esm' ? 'bundle.mjs' : 'bundle.cjs');
  await copyFile(path.join(consumer, source), path.join(app, source));
  const { warnings } = await build({
    entryPoints: [path.join(app, source)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    ...options,
  });
  expect(warnings.filter(({ id }) => id !== 'empty-import-meta')).toEqual([]);
  return outfile;
}
