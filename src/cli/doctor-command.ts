import { Command, Option } from 'commander';
import { checkLine, type DoctorCheck } from './doctor-check.js';
import { checkReachability } from './endpoint-check.js';
import { checkCredentials, checkFfmpeg, checkNode, checkSilero } from './environment-checks.js';
import { ExitCode } from './exit-code.js';
import { checkInput } from './input-check.js';
import { openInput } from './open-input.js';
import type { ConnectionChoice } from './service-connection.js';
import { addConnectionOptions } from './stream-options.js';

interface DoctorFlags extends ConnectionChoice {
  readonly json?: boolean;
}

/** `doctor`: what this machine, the connection and a file are fit for. */
export function doctorCommand(exit: (code: ExitCode) => void): Command {
  const command = new Command('doctor')
    .description('check Node, ffmpeg, credentials, the connection (without sending audio) and, if given, a file')
    .argument('[input]', 'a file, an http(s) URL, or - for standard input');
  return addConnectionOptions(command)
    .addOption(new Option('--json', 'one JSON object a line'))
    .action(async (name: string | undefined, flags: DoctorFlags) => exit(await examine(name, flags)));
}

async function examine(name: string | undefined, { local, endpoint, credentials, json }: DoctorFlags): Promise<ExitCode> {
  const input = name === undefined ? undefined : openInput(name);
  let worst: ExitCode | undefined;
  const show = (check: DoctorCheck) => {
    worst ??= check.exitCode;
    const { exitCode: _, ...shown } = check;
    process.stdout.write(`${json ? JSON.stringify(shown) : checkLine(check)}\n`);
  };
  show(checkNode());
  show(await checkFfmpeg());
  show(await checkSilero());
  if (!local) {
    show(await checkCredentials(credentials));
    show(await checkReachability(endpoint));
  }
  for (const check of input ? await checkInput(input) : []) show(check);
  return worst ?? ExitCode.ok;
}
