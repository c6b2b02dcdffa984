import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { batchCommand } from './batch-command.js';
import { benchServiceCommand, benchWireCommand } from './bench-children.js';
import { benchCommand } from './bench-command.js';
import { callCommand } from './call-command.js';
import { enterCommand } from './current-command.js';
import { demoCommand } from './demo-command.js';
import { doctorCommand } from './doctor-command.js';
import { EXIT_CODES_HELP, type ExitCode } from './exit-code.js';
import { helpHint } from './help-hint.js';
import { micCommand } from './mic-command.js';
import { pcapCommand } from './pcap-command.js';
import { projectsCommand } from './projects-command.js';
import { rtpCommand } from './rtp-command.js';
import { serveCommand } from './serve-command.js';
import { streamCommand } from './stream-command.js';

const HELP = `
Credentials come from BEHAVIORALSIGNALS_CID and BEHAVIORALSIGNALS_API_KEY, or from a file (--credentials), never from flags.
BEHAVIORALSIGNALS_ENDPOINT stands for --endpoint, BEHAVIORALSIGNALS_BASE_URL for --base-url; GRPC_DEFAULT_SSL_ROOTS_FILE_PATH names a certificate authority of your own.
Streaming to the Behavioral Signals API is billed by the minute of audio sent, silence included; --local costs nothing.

${EXIT_CODES_HELP}

This program is independent and unofficial.`;

/**
 * The command line, as commander's program.
 *
 * @param exit Called with the exit code when a command is over.
 */
export function createProgram(exit: (code: ExitCode) => void): Command {
  const program = new Command('behavioral-signals-rx')
    .description('Any audio in, live predictions of behaviour out, from the Behavioral Signals API or a local service.')
    .version(version(), '-V, --version')
    .addHelpText('after', HELP)
    .addCommand(streamCommand(exit))
    .addCommand(rtpCommand(exit))
    .addCommand(pcapCommand(exit))
    .addCommand(callCommand(exit))
    .addCommand(micCommand(exit))
    .addCommand(batchCommand(exit))
    .addCommand(demoCommand(exit))
    .addCommand(serveCommand(exit))
    .addCommand(projectsCommand(exit))
    .addCommand(doctorCommand(exit))
    .addCommand(benchCommand(exit))
    .addCommand(benchServiceCommand(), { hidden: true })
    .addCommand(benchWireCommand(), { hidden: true });
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride().configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'error INVALID_OPTION: ')),
    });
    command.showHelpAfterError(helpHint(pathOf(command)));
    // Before its options are parsed, of which one may be wrong.
    command.hook('preSubcommand', (_, subcommand) => enterCommand(pathOf(subcommand)));
    if (command !== program) command.addHelpText('after', `\n${EXIT_CODES_HELP}`);
  }
  return program;
}

/** The names that lead to a command from the program, which is not among them. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}`.trim() : '';
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
