import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveRestOptions } from '../../src/service/rest/rest-options.js';
import { createRoutes } from '../../src/service/rest/routes.js';
import { read, SnippetFolder, snippetsOf } from '../support/doc-snippets.js';

const guide = read('docs/service.md');
const snippets = snippetsOf('docs/service.md');

/** For each snippet, in order: what it prints. */
const outputs = [/^status 2: \d+ tasks\n$/, /^support revoked\n$/];

let folder: SnippetFolder;
beforeAll(async () => {
  folder = await SnippetFolder.make({ 'call.wav': 'support_mulaw_8k.wav' });
}, 120_000);
afterAll(() => folder?.remove());

describe('docs/service.md', () => {
  it('has a test for each of its snippets', () => {
    expect(snippets).toHaveLength(outputs.length);
  });

  it.each(outputs.map((output, index) => [index, output] as const))('runs snippet %i', async (index, output) => {
    const { stdout, stderr, exitCode } = await folder.run(snippets[index]!);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(output);
  });

  it('names every path of behaviour, and every limit', () => {
    for (const { method, path, analysis } of createRoutes(() => ({}))) {
      if (analysis !== 'deepfake' && path !== '/openapi.json') expect(guide).toContain(`\`${method} ${path.slice(1)}\``);
    }
    for (const option of Object.keys(resolveRestOptions({})).filter((name) =>
      /^max|TimeoutMs$|^retainMs$|^allowedHosts$|^dataDir$/.test(name),
    )) {
      expect(guide).toContain(`\`${option}\``);
    }
  });
});
