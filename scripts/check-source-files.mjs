// Fails when a file or folder of src/ has a name that says nothing, is not in kebab-case, or when a file is too long to hold one concept.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MAX_LINES = 300;
const VAGUE = /^(utils?|helpers?|misc|common|manager)$/;
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** Written by the proto generator, which names files after messages. */
const GENERATED = path.join('grpc', 'proto');

/** Returns one line for each thing that is wrong with the files of a folder, or nothing. */
export async function sourceFileComplaints(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const complaints = [];
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    const relative = path.relative(folder, file);
    if (relative.startsWith(GENERATED + path.sep)) continue;
    const words = entry.name.split('.')[0].split('-');
    if (words.some((word) => VAGUE.test(word))) complaints.push(`${relative}: name it for the one concept it holds`);
    if (!KEBAB.test(entry.name.split('.')[0])) complaints.push(`${relative}: names are in kebab-case`);
    if (!entry.isFile()) continue;
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').length;
    if (lines > MAX_LINES) complaints.push(`${relative}: ${lines} lines, at most ${MAX_LINES} are allowed`);
  }
  return complaints.sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const complaints = await sourceFileComplaints(path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'src'));
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) process.exitCode = 1;
}
