import { existsSync } from 'node:fs';
import path from 'node:path';
import { fromFile, fromReadable, OptionError } from '../index.js';
import { fromUrl } from './from-url.js';
import type { Input } from './input.js';

/**
 * Opens what the user named: a file, an http(s) URL, or `-` for standard input.
 *
 * @throws OptionError when standard input is a terminal, or the URL is of another kind.
 */
export function openInput(name: string): Input {
  if (name === '-') {
    if (process.stdin.isTTY) throw new OptionError('-', 'reads audio from standard input, but that is a terminal; pipe audio in');
    return { label: 'stdin', bytes$: fromReadable(() => process.stdin, { label: 'stdin' }) };
  }
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(name)?.[1]?.toLowerCase();
  if (scheme === 'file') {
    const file = new URL(name);
    return { label: path.basename(file.pathname), bytes$: fromFile(file), file };
  }
  if (scheme !== undefined && !existsSync(name)) {
    if (scheme !== 'http' && scheme !== 'https') {
      throw new OptionError('<input>', 'must be a file, an http:// or https:// URL, or - for standard input', name);
    }
    return fromUrl(name);
  }
  return { label: path.basename(name), bytes$: fromFile(name), file: name };
}
