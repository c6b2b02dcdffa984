import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isBehavioralSignalsError } from '../../src/errors/index.js';
import { findFfmpeg } from '../../src/process/find-ffmpeg.js';

const executableName = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg';

describe('findFfmpeg()', () => {
  let folder: string;
  let empty: string;
  /** A file in a project that has nothing installed. */
  let bareProject: string;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'find-ffmpeg-')));
    empty = path.join(folder, 'empty');
    mkdirSync(empty);
    bareProject = path.join(empty, 'index.js');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function place(name: string, { mode = 0o755 } = {}): string {
    const file = path.join(folder, name, executableName);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, mode);
    return file;
  }

  function installerExporting(source: string): string {
    const project = path.join(folder, 'project');
    const module = path.join(project, 'node_modules', '@ffmpeg-installer', 'ffmpeg');
    mkdirSync(module, { recursive: true });
    writeFileSync(path.join(module, 'package.json'), '{ "main": "index.js" }');
    writeFileSync(path.join(module, 'index.js'), source);
    return path.join(project, 'index.js');
  }

  function failure(options: Parameters<typeof findFfmpeg>[0]): Error {
    try {
      findFfmpeg(options);
    } catch (error) {
      if (isBehavioralSignalsError(error, 'FFMPEG_NOT_FOUND')) return error;
      throw error;
    }
    throw new Error('found one');
  }

  it('takes the option before everything else', () => {
    const chosen = place('chosen');
    const onPath = place('bin');
    expect(findFfmpeg({ path: chosen, env: { PATH: path.dirname(onPath) } })).toEqual({ path: chosen, origin: 'option' });
  });

  it('looks a bare name in the option up on PATH', () => {
    const onPath = place('bin');
    expect(findFfmpeg({ path: 'ffmpeg', env: { PATH: path.dirname(onPath) } })).toEqual({ path: onPath, origin: 'option' });
  });

  it('does not fall back to another ffmpeg when the one named is missing', () => {
    const onPath = place('bin');
    const missing = path.join(folder, 'nowhere', 'ffmpeg');
    const error = failure({ path: missing, env: { PATH: path.dirname(onPath) } });
    expect(error.message).toContain('ffmpegPath');
    expect(error.message).toContain(missing);
  });

  it('takes the first executable on PATH, stepping over folders and files that cannot be run', () => {
    mkdirSync(path.join(folder, 'first', executableName), { recursive: true });
    place('second', { mode: 0o644 });
    const third = place('third');
    const PATH = ['', 'first', 'second', 'third'].map((name) => path.join(folder, name)).join(path.delimiter);
    expect(findFfmpeg({ env: { PATH } })).toEqual({ path: third, origin: 'PATH' });
  });

  it('takes FFMPEG_PATH, as fluent-ffmpeg does, before PATH', () => {
    const named = place('named');
    const onPath = place('bin');
    expect(findFfmpeg({ env: { FFMPEG_PATH: named, PATH: path.dirname(onPath) } })).toEqual({
      path: named,
      origin: 'FFMPEG_PATH',
    });
  });

  it('finds the installer package when there is none on PATH', () => {
    const shipped = place('shipped');
    const resolveFrom = installerExporting(`module.exports = { path: ${JSON.stringify(shipped)} };`);
    expect(findFfmpeg({ env: { PATH: empty }, resolveFrom })).toEqual({ path: shipped, origin: '@ffmpeg-installer/ffmpeg' });
  });

  it('says where it looked and how to get ffmpeg when there is none', () => {
    const { message } = failure({ env: { PATH: [empty, folder].join(path.delimiter) }, resolveFrom: bareProject });
    for (const part of [
      'FFMPEG_PATH (not set)',
      'PATH (2 folders)',
      '@ffmpeg-installer/ffmpeg (not installed)',
      'apt-get install ffmpeg',
      'brew install ffmpeg',
      'winget install ffmpeg',
      'npm i @ffmpeg-installer/ffmpeg',
    ]) {
      expect(message).toContain(part);
    }
  });

  it("passes on the installer package's own complaint", () => {
    const resolveFrom = installerExporting("throw 'Unsupported platform/architecture: amiga-m68k';");
    expect(failure({ env: { PATH: empty }, resolveFrom }).message).toContain('amiga-m68k');
  });

  it('says so when the binary that the installer package names is not there', () => {
    const resolveFrom = installerExporting("module.exports = { path: '/nowhere/ffmpeg' };");
    expect(failure({ env: { PATH: empty }, resolveFrom }).message).toContain("its binary can't be run: /nowhere/ffmpeg");
  });
});
