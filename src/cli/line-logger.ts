import type { Logger } from '../service/index.js';
import { printable } from './printable.js';

type Level = 'debug' | 'info' | 'warn' | 'error';

/**
 * A logger of one line per event: JSON where a program reads, words where a person does.
 *
 * @param write Receives each line, with its newline.
 */
export function lineLogger(write: (line: string) => void, { json }: { json: boolean }): Logger {
  const log = (level: Level) => (fields: object, message: string) => {
    const time = new Date().toISOString();
    const readable = Object.entries(fields).map(
      ([name, value]) => [name, value instanceof Error ? value.message : value] as const,
    );
    const line = json
      ? JSON.stringify({ time, level, message, ...Object.fromEntries(readable) })
      : [time, level, message, ...readable.map(([name, value]) => `${name}=${String(value)}`)].join(' ').replaceAll('\n', ' ');
    write(`${printable(line)}\n`);
  };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}
