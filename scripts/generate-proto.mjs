// Writes what is derived from proto/: the descriptor as JSON (so that no .proto file has to be found at run time) and the types.
// With --check it changes nothing and fails when the checked-in files are not what the proto gives.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..');
const target = path.join(root, 'src/grpc/proto');
const source = path.join(root, 'proto/behavioral_api.proto');
const protobuf = createRequire(createRequire(import.meta.url).resolve('@grpc/proto-loader'))('protobufjs');

async function generate(folder) {
  const types = path.join(folder, 'types');
  await mkdir(types, { recursive: true });
  const generator = path.join(root, 'node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js');
  // From the root and by relative path, because the generated comments quote it.
  await run(
    process.execPath,
    [
      generator,
      path.basename(source),
      '--longs=String',
      '--enums=String',
      '--defaults',
      '--oneofs',
      '--importFileExtension=.js',
      '--grpcLib=@grpc/grpc-js',
      '-O',
      types,
      '-I',
      path.relative(root, path.dirname(source)),
    ],
    { cwd: root },
  );
  const parsed = protobuf.parse(await readFile(source, 'utf8'), { keepCase: false });
  await writeFile(
    path.join(folder, 'descriptor.ts'),
    `// Generated from proto/behavioral_api.proto by scripts/generate-proto.mjs; do not edit.\n\n/** The streaming API's proto as protobuf.js JSON. */\nexport const descriptor = ${JSON.stringify(parsed.root.toJSON(), null, 2)};\n`,
  );
}

async function contents(folder) {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(files.sort().map(async (file) => [path.relative(folder, file), await readFile(file, 'utf8')])),
  );
}

if (process.argv.includes('--check')) {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'proto-'));
  try {
    await generate(scratch);
    const [fresh, kept] = [await contents(scratch), await contents(target)];
    const stale = [...new Set([...fresh.keys(), ...kept.keys()])].filter((name) => fresh.get(name) !== kept.get(name));
    if (stale.length > 0) {
      console.error(`src/grpc/proto is not what proto/ gives: ${stale.join(', ')}. Run: npm run generate`);
      process.exitCode = 1;
    }
  } finally {
    await rm(scratch, { recursive: true });
  }
} else {
  await rm(target, { recursive: true, force: true });
  await generate(target);
}
