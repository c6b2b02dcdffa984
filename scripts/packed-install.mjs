// The package as its users get it: packed, and installed into an empty folder.
import { execFile } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './ensure-installed.mjs';

const run = promisify(execFile);
// What npm hands down to the scripts it runs would configure the npm that is run here: its folder, its flags.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(registry|cache|cafile))/i.test(name)),
);

function npm(args, cwd) {
  return run('npm', args, { cwd, env: environment, shell: process.platform === 'win32' });
}

/** Packs dist/ as it is into a folder and returns the tarball's path. */
export async function pack(folder) {
  const { stdout } = await npm(['pack', '--ignore-scripts', '--loglevel=error', '--json', '--pack-destination', folder], root);
  return path.join(folder, JSON.parse(stdout)[0].filename);
}

/** Packs, and installs the tarball and rxjs into `folder`/app, made for it; returns that folder. Development packages stay out. */
export async function packAndInstall(folder) {
  const tarball = await pack(folder);
  const app = path.join(folder, 'app');
  await mkdir(app);
  await writeFile(path.join(app, 'package.json'), JSON.stringify({ name: 'app', version: '1.0.0', private: true }));
  await npm(
    ['install', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', tarball, 'rxjs@^7.8.0'],
    app,
  );
  return app;
}

/** Sum of the sizes of all files below a folder, in bytes. */
export async function folderBytes(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (entry) => (await stat(path.join(entry.parentPath, entry.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The installed packages and their sizes in bytes, nested ones counted with the package they are nested in; largest first. */
export async function packageSizes(app) {
  const modules = path.join(app, 'node_modules');
  const names = (await readdir(modules)).filter((name) => !name.startsWith('.'));
  const scoped = await Promise.all(
    names.map(async (name) =>
      name.startsWith('@') ? (await readdir(path.join(modules, name))).map((inner) => `${name}/${inner}`) : [name],
    ),
  );
  const sizes = await Promise.all(
    scoped.flat().map(async (name) => ({ name, bytes: await folderBytes(path.join(modules, name)) })),
  );
  return sizes.sort((one, other) => other.bytes - one.bytes);
}
