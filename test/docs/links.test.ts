import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { read } from '../support/doc-snippets.js';

const root = path.resolve(import.meta.dirname, '../..');
const pages = ['README.md', 'benchmarks/README.md', ...readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)];

/** The anchors of a page's headings, as GitHub makes them. */
const anchorsOf = (file: string) =>
  [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

it.each(pages)('%s links to pages and sections that exist', (page) => {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter((link) => !/^[a-z]+:/.test(link));
  const broken = links.filter((link) => {
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? page : path.join(path.dirname(page), file);
    if (!existsSync(path.join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(broken).toEqual([]);
});

it('leads from the front page to every guide', () => {
  const front = read('README.md');
  expect(pages.filter((page) => page.startsWith('docs/') && !front.includes(`](${page}`))).toEqual([]);
});
