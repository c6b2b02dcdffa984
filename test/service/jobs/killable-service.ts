import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { embedWasm } from '../../../scripts/embed-wasm.mjs';

const root = path.resolve(import.meta.dirname, '../../..');

/** The service of service-process.ts as one file, beside which packages are found. */
export class ServiceBundle {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<ServiceBundle> {
    const bundle = new ServiceBundle(await mkdtemp(path.join(root, 'test/service/.bundle-')));
    const plugin = embedWasm() as unknown as { resolveId(id: string): string | null; load(id: string): Promise<string | null> };
    await build({
      entryPoints: [path.join(root, 'test/service/jobs/service-process.ts')],
      outfile: bundle.file,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      absWorkingDir: root,
      logLevel: 'error',
      external: [
        '@grpc/*',
        'grpc-health-check',
        'libsql',
        'busboy',
        'rxjs',
        'mpg123-decoder',
        'prism-media',
        'onnxruntime-node',
        'protobufjs',
      ],
      banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
      plugins: [
        {
          name: 'embed-wasm',
          setup(esbuild) {
            esbuild.onResolve({ filter: /[.]wasm[?]embed$/ }, ({ path: id }) => ({
              path: plugin.resolveId(id)!,
              namespace: 'embedded',
            }));
            esbuild.onLoad({ filter: /.*/, namespace: 'embedded' }, async ({ path: id }) => ({
              contents: (await plugin.load(id))!,
              loader: 'js' as const,
            }));
          },
        },
      ],
    });
    return bundle;
  }

  get file(): string {
    return path.join(this.#folder, 'service-process.mjs');
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}

/** A service in a process of its own, which can be killed at any moment. */
export class KillableService {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** Where it listens; undefined when it ended before it did. */
  readonly baseUrl: Promise<string | undefined>;
  stderr = '';

  constructor(bundle: ServiceBundle, dataDir: string) {
    this.#child = spawn(process.execPath, [bundle.file, dataDir], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exited = once(this.#child, 'exit');
    this.#child.stderr!.on('data', (text) => {
      this.stderr += text;
    });
    this.baseUrl = new Promise((resolve) => {
      let said = '';
      this.#child.stdout!.on('data', (text) => {
        said += text;
        if (said.includes('\n')) resolve(said.trim());
      });
      this.#child.once('exit', () => resolve(undefined));
    });
  }

  /** Ends the process as a power cut would, as far as the process can tell. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** Ends it as Ctrl-C does; resolves to its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    await this.#exited;
    return this.#child.exitCode;
  }
}
