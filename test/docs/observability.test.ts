import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read, SnippetFolder, snippetsOf } from '../support/doc-snippets.js';

const guide = read('docs/observability.md');
const snippets = snippetsOf('docs/observability.md');

/** For each snippet, in order: what tells it apart, and what its output has. */
const expectations: [part: string, output: RegExp][] = [
  ['const dashboard', /^14 s sent, [1-9]\d* utterances, 0 reconnects\nhalf of them within [\d.]+ ms\n$/],
  ['pino(', /"event":\{"type":"session","state":"open"[\s\S]*answered in [\d.]+ ms[\s\S]*"msg":"session with .* closed"/],
  ['new ConsoleMetricExporter()', /behavioral_signals\.audio\.sent[\s\S]*behavioral_signals\.result\.response_time/],
];

let folder: SnippetFolder;
beforeAll(async () => {
  folder = await SnippetFolder.make({ 'call.wav': 'support_mulaw_8k.wav' });
}, 120_000);
afterAll(() => folder?.remove());

describe('docs/observability.md', () => {
  it('has a test for each of its snippets', () => {
    expect(snippets).toHaveLength(expectations.length);
  });

  it.each(expectations)('runs the snippet with %s', async (part, output) => {
    const code = snippets.find((snippet) => snippet.includes(part));
    expect(code).toBeDefined();
    const { stdout, stderr, exitCode } = await folder.run(code!);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toMatch(output);
  });

  it('has a row for every type of event', () => {
    const files = ['stream-event', 'call-event', 'rtp-event', 'socket-event'].map((name) => read(`src/events/${name}.ts`));
    const types = [...files.join('\n').matchAll(/readonly type: '([a-z-]+)';/g)].map(([, type]) => type!);
    const [, table = ''] = /\| `type` \|([\s\S]*?)\n\n/.exec(guide) ?? [];
    const rows = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([a-z-]+)`/g)]);
    expect(rows.map(([, type]) => type).sort()).toEqual(types.sort());
  });

  it('names every counter of the statistics', () => {
    const [, body = ''] = /export interface StatisticsEvent \{([\s\S]*?)\n\}/.exec(read('src/events/stream-event.ts')) ?? [];
    const fields = [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name]) => name!);
    expect(fields.length).toBeGreaterThan(15);
    expect(fields.filter((field) => !['type', 'stream'].includes(field) && !guide.includes(`\`${field}`))).toEqual([]);
  });

  it('lists every instrument with its unit', () => {
    const source = read('src/observability/instruments.ts');
    const made = [...source.matchAll(/: (counter|upDown|histogram)\('([a-z_.]+)'(?:, '([^']+)')?/g)];
    expect(made.length).toBeGreaterThan(12);
    for (const [, kind, name, unit] of made) {
      expect(guide).toContain(`| \`behavioral_signals.${name}\` |`);
      expect(guide).toMatch(
        new RegExp(`behavioral_signals\\.${name}\` \\| [a-z-]+( counter)?, \`${kind === 'histogram' ? 's' : unit}\``),
      );
    }
  });
});
