import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
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

/** Where a page leads within the repository. */
const linksOf = (page: string) =>
  [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file = '', anchor] = link.split('#');
      return { target: file === '' ? page : path.posix.join(path.posix.dirname(page), file), anchor };
    });

it.each(pages)('%s links to pages and sections that exist', (page) => {
  const broken = linksOf(page).filter(({ target, anchor }) => {
    if (!existsSync(path.join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(broken).toEqual([]);
});

it.each(pages)('%s names source files that exist', (page) => {
  const named = [...read(page).matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|mjs|proto))`/g)].map(([, file]) => file!);
  const missing = named.filter((file) => !existsSync(path.join(root, file)) && !existsSync(path.join(root, 'src', file)));
  expect(missing).toEqual([]);
});

it('has a row in the table of folders for each that the rules on imports know, and no other', async () => {
  const file = pathToFileURL(path.join(root, '.dependency-cruiser.mjs')).href;
  const { default: rules }: { default: { forbidden: { name: string }[] } } = await import(file);
  const [, table = ''] = /\| folder \| holds \|.*\n([\s\S]*?)\n\n/.exec(read('docs/architecture.md')) ?? [];
  const rows = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([a-z]+)\/`/g)]);
  const ruled = rules.forbidden.flatMap(({ name }) => /^(\w+)-imports-only-lower-folders$/.exec(name)?.[1] ?? []);
  const folders = readdirSync(path.join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(rows.map(([, folder]) => folder).sort()).toEqual([...ruled].sort());
  expect(folders.map(({ name }) => name).sort()).toEqual([...ruled].sort());
});

it('leads from the front page to every page', () => {
  const reached = new Set(['README.md']);
  // A set that grows while it is walked is walked to its end.
  for (const page of reached) {
    for (const { target } of linksOf(page)) if (pages.includes(target)) reached.add(target);
  }
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});
