import { Command } from 'commander';
import { OptionError } from '../index.js';
import type { Project, ProjectStore, ProjectWithToken } from '../service/index.js';
import { ExitCode } from './exit-code.js';
import { printable } from './printable.js';

interface ProjectsFlags {
  readonly dataDir: string;
  readonly json?: boolean;
}

/** `projects`: who may use the local service of a data directory. */
export function projectsCommand(exit: (code: ExitCode) => void): Command {
  const command = (name: string, description: string) =>
    new Command(name)
      .description(description)
      .requiredOption('--data-dir <folder>', 'where the service keeps its store')
      .option('--json', 'print JSON');
  return new Command('projects')
    .description('create, list, rotate and revoke the projects of a local service; changes count at once')
    .addCommand(
      command('create', 'make a project, and print its token this once')
        .option('--cid <id>', 'the ID to give it (default: the next free one)', readCid)
        .option('--name <name>', 'what to call it')
        .option('--api-version <version>', 'the API version that it is for; one before 5 can send no new audio')
        .action(async (flags: ProjectsFlags & { cid?: number; name?: string; apiVersion?: string }) => {
          const { cid, name, apiVersion } = flags;
          const options = {
            ...(cid !== undefined && { cid }),
            ...(name !== undefined && { name }),
            ...(apiVersion && { apiVersion }),
          };
          exit(await withProjects(flags, (projects) => showToken(flags, projects.create(options))));
        }),
    )
    .addCommand(
      command('list', 'list projects; tokens are not kept, and can not be shown').action(async (flags: ProjectsFlags) =>
        exit(await withProjects(flags, (projects) => showProjects(flags, projects.list()))),
      ),
    )
    .addCommand(
      command('rotate', 'replace the token of a project, and print the new one this once; opens a revoked project again')
        .argument('<cid>', "the project's ID", readCid)
        .action(async (cid: number, flags: ProjectsFlags) =>
          exit(await withProjects(flags, (projects) => showToken(flags, projects.rotate(cid)))),
        ),
    )
    .addCommand(
      command('revoke', 'make the token of a project worthless')
        .argument('<cid>', "the project's ID", readCid)
        .action(async (cid: number, flags: ProjectsFlags) =>
          exit(await withProjects(flags, (projects) => showProjects(flags, [projects.revoke(cid)]))),
        ),
    );
}

async function withProjects({ dataDir }: ProjectsFlags, work: (projects: ProjectStore) => void): Promise<ExitCode> {
  const { ProjectStore } = await import('../service/index.js');
  const projects = await ProjectStore.open(dataDir);
  try {
    work(projects);
    return ExitCode.ok;
  } finally {
    projects.close();
  }
}

function readCid(text: string): number {
  const cid = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(cid)) throw new OptionError('cid', 'must be a whole number above 0');
  return cid;
}

/** The one place where a token is printed: standard output, so that it can be piped to a file. */
function showToken({ json }: ProjectsFlags, project: ProjectWithToken): void {
  if (!json) process.stderr.write(`Project ${project.cid}; its token is shown this once:\n`);
  writeLine(json ? JSON.stringify(project) : project.apiKey);
}

function showProjects({ json }: ProjectsFlags, projects: readonly Project[]): void {
  for (const project of projects) {
    if (json) {
      writeLine(JSON.stringify(project));
      continue;
    }
    const { cid, name, apiVersion, createdAt, rotatedAt, revokedAt } = project;
    const dates = [
      `created ${createdAt.toISOString()}`,
      rotatedAt && `rotated ${rotatedAt.toISOString()}`,
      revokedAt && `revoked ${revokedAt.toISOString()}`,
    ];
    writeLine([cid, `API ${apiVersion}`, ...dates.filter(Boolean), printable(name)].join('  ').trimEnd());
  }
  if (projects.length === 0 && !json) process.stderr.write('There are no projects.\n');
}

function writeLine(text: string): void {
  process.stdout.write(`${text}\n`);
}
