import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRANSIENT_FAULTS } from '../../src/testing/index.js';
import { read, SnippetFolder, snippetsOf } from '../support/doc-snippets.js';

const guide = read('docs/testing.md');
const snippets = snippetsOf('docs/testing.md');

/** For each snippet, in order: what tells it apart, and what it prints. */
const expectations: [part: string, output: RegExp][] = [
  ['atEnd: true', /^scripted 200 angry undefined\nscripted 4000 happy 0\.4\n$/],
  ['async (call)', /^asked for segment at 8000 Hz\nanswered by local\n\d\d segments\n$/],
  ['recordSession(', /^replayed \d+ predictions, the same as recorded\n$/],
  [
    "kind: 'delay'",
    /^failed with UNAUTHENTICATED .*the project is suspended.*\nfired delay undefined\nfired status 4\d\d\d(\.\d+)?\n$/,
  ],
  ['randomFaultPlan(', /^the same utterances, in spite of 2 faults\n$/],
];

let folder: SnippetFolder;
beforeAll(async () => {
  folder = await SnippetFolder.make({ 'call.wav': 'humans_mulaw_8k.wav' });
}, 120_000);
afterAll(() => folder?.remove());

describe('docs/testing.md', () => {
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

  it('names every kind of fault', () => {
    const source = read('src/testing/faults/fault.ts');
    const kinds = [...source.matchAll(/readonly kind: ([^;]+);/g)].flatMap(([, union]) => [...union!.matchAll(/'([a-z-]+)'/g)]);
    expect(kinds.length).toBeGreaterThan(TRANSIENT_FAULTS.length);
    for (const [, kind] of kinds) expect(guide).toContain(`\`${kind}\``);
  });
});
