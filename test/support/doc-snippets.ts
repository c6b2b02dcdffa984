import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { transform } from 'esbuild';
import { ensureBuilt } from '../../scripts/ensure-built.mjs';

const root = path.resolve(import.meta.dirname, '../..');

/** A file of the repository, as text. */
export const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The TypeScript snippets of a page, or of the section of it below a heading of the second level, in order. */
export function snippetsOf(file: string, heading?: string): string[] {
  const page = read(file);
  const section = heading === undefined ? page : page.split(`\n${heading}\n`)[1]?.split('\n## ')[0];
  return [...(section ?? '').matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);
}

/** What a snippet did until it ended by itself, which it does only when it leaves nothing open. */
export interface SnippetRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

/** What a snippet finds when it runs. */
export interface SnippetOptions {
  env?: NodeJS.ProcessEnv;
  stdin?: Buffer;
  printed?: (stdout: string) => void;
}

/** A folder in which the snippets of a page run as a reader would run them, against the built package. */
export class SnippetFolder {
  readonly path: string;
  #runs = 0;

  private constructor(folder: string) {
    this.path = folder;
  }

  /** @param files What the snippets find beside them, and which recording of `test/fixtures/call` that is. */
  static async make(files: Readonly<Record<string, string>>): Promise<SnippetFolder> {
    await ensureBuilt();
    // Inside the repository, where the package's name leads to its own dist folder.
    const folder = await mkdtemp(path.join(root, 'test/docs/.snippets-'));
    for (const [name, recording] of Object.entries(files)) {
      await copyFile(path.join(root, 'test/fixtures/call', recording), path.join(folder, name));
    }
    return new SnippetFolder(folder);
  }

  /** Adds a module that snippets import. */
  add(name: string, code: string): Promise<void> {
    return writeFile(path.join(this.path, name), code);
  }

  /**
   * Runs a snippet; types are stripped.
   *
   * @param options `printed` is told what was printed so far, whenever there is more.
   */
  async run(code: string, { env, stdin, printed }: SnippetOptions = {}): Promise<SnippetRun> {
    const { code: javascript } = await transform(code, { loader: 'ts', format: 'esm', target: 'node20' });
    this.#runs += 1;
    const name = `snippet-${this.#runs}.mjs`;
    await this.add(name, javascript);
    const child = spawn(process.execPath, [name], { cwd: this.path, env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (part) => {
      stdout += part;
      printed?.(stdout);
    });
    child.stderr.on('data', (part) => {
      stderr += part;
    });
    // A snippet that doesn't read its input closes it.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
    const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { stdout, stderr, exitCode };
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}
