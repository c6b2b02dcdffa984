// @ts-check
// Children of a benchmark, seen from the parent: started, asked, and never left behind.
import { fork } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'processes');

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])) {
  process.once(signal, () => process.exit(code));
}

/** A running child. It also ends by itself when the parent is gone. */
export class Child {
  #process;
  #calls = 0;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();

  /** @param {string} program Name of a file in processes/, without ending. @param {{ execArgv?: string[] }} [options] */
  constructor(program, { execArgv = [] } = {}) {
    const file = path.join(folder, `${program}.mjs`);
    this.#process = fork(file, { execArgv, serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    running.add(this.#process);
    this.#process.on('message', (/** @type {any} */ { id, value, error }) => {
      const call = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) call?.reject(new Error(`${program}: ${error}`));
      else call?.resolve(value);
    });
    this.#process.on('exit', (code, signal) => {
      running.delete(this.#process);
      for (const { reject } of this.#waiting.values())
        reject(new Error(`${program} ended (${signal ?? code}) before it answered`));
      this.#waiting.clear();
    });
  }

  /** Calls one of the methods that the child answers. @param {string} method @param {unknown} [parameter] @returns {Promise<any>} */
  call(method, parameter) {
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, method, parameter }, (error) => error && reject(error));
    });
  }

  /** Ends the child and resolves when it is gone. @returns {Promise<void>} */
  stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
      this.#process.kill('SIGKILL');
    });
  }
}

/** Starts a child, asks it one thing, and ends it. @param {string} program @param {string} method @param {unknown} parameter @param {{ execArgv?: string[] }} [options] */
export async function askFreshChild(program, method, parameter, options) {
  const child = new Child(program, options);
  try {
    return await child.call(method, parameter);
  } finally {
    await child.stop();
  }
}
