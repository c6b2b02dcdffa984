import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const declared = (file: string, type: string) => {
  const [, body = ''] = new RegExp(`export type ${type} =([^;]+);`).exec(read(file)) ?? [];
  return [...body.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code as string);
};
const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !/^errors\/|stream-event\.ts$/.test(file.replaceAll('\\', '/')))
  .map((file) => read(path.join('src', file)))
  .join('\n');

it('knows the codes that the command line has of its own', () => {
  const printed = new Set([...sources.matchAll(/`error ([A-Z_]+): [^`]*\$\{/g)].map(([, code]) => code as string));
  expect(printed).toContain('OUTPUT_FAILED');
  for (const code of printed) expect(read('docs/errors.md')).toContain(`| \`${code}\` |`);
});

describe.each([
  ['error', declared('src/errors/error-code.ts', 'ErrorCode')],
  ['diagnostic', declared('src/events/stream-event.ts', 'DiagnosticCode')],
])('docs/errors.md', (kind, codes) => {
  it(`knows at least ten ${kind} codes`, () => {
    expect(codes.length).toBeGreaterThanOrEqual(10);
  });

  it.each(codes)(`documents %s, and the code uses it`, (code) => {
    expect(read('docs/errors.md')).toContain(`| \`${code}\` |`);
    // Classes with one code only name it themselves.
    const byClass = {
      INVALID_OPTION: 'OptionError',
      QUEUE_OVERFLOW: 'OverflowError',
      UNSUPPORTED_FORMAT: 'UnsupportedFormatError',
      INSUFFICIENT_CREDITS: 'InsufficientCreditsError',
      PACKAGE_MISSING: 'PackageError',
    };
    const name = byClass[code as keyof typeof byClass];
    expect(sources.includes(name ? `new ${name}(` : `'${code}'`)).toBe(true);
  });
});
