import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeFfmpeg } from '../process/fake-ffmpeg.js';
import { SnippetFolder, snippetsOf } from '../support/doc-snippets.js';

const snippets = ['## Calls', '## Whatever ffmpeg reads', '## Microphones'].flatMap((heading) =>
  snippetsOf('docs/sources.md', heading),
);

let folder: SnippetFolder;
beforeAll(async () => {
  folder = await SnippetFolder.make({ 'call.wav': 'support_mulaw_8k.wav' });
}, 120_000);
afterAll(() => folder?.remove());

describe('docs/sources.md', () => {
  it.each<[string, RegExp, () => Record<string, string>]>([
    [
      "callId: 'c-17'",
      /agent answered after 430 ms[\s\S]*customer (segment|utterance) [\d.]+[\s\S]*the agent talked for 3\d{3} ms/,
      () => ({}),
    ],
    ["callId: 'c-18'", /^tell the signalling: customer to \d+, agent to \d+\n(\w+ left\n){2}$/, () => ({})],
    ['process.env.CAMERA', /^14\.1 s of audio\n$/, () => ({ CAMERA: 'call.wav' })],
    [
      'listMicrophones()',
      /^\w+\.mic A microphone \(default\)\n[\s\S]*(heard up to 2\S+Z\n){5}$/,
      () => ({
        FFMPEG_PATH: fakeFfmpeg(
          folder.path,
          `if (process.argv.includes('-i')) process.stdout.write(Buffer.alloc(64_000 * 4)), setInterval(() => {}, 1000);
           else console.log('* ' + process.argv.at(-1) + '.mic [A microphone]');`,
        ),
      }),
    ],
  ])('runs the snippet with %s', async (part, output, env) => {
    const code = snippets.find((snippet) => snippet.includes(part));
    expect(code).toBeDefined();
    const { stdout, stderr, exitCode } = await folder.run(code!, { env: env() });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toMatch(output);
  });

  it('has a test for each snippet on calls, ffmpeg and microphones', () => {
    expect(snippets).toHaveLength(4);
  });
});
