import path from 'node:path';
import { Command, Option } from 'commander';
import { OptionError } from '../index.js';
import type { ExitCode } from './exit-code.js';
import { numberOption } from './number-option.js';
import { openInput } from './open-input.js';
import { type CallLegInput, runCall } from './run-call.js';
import type { ConnectionChoice } from './service-connection.js';
import { addConnectionOptions, addViewOptions, viewChoice } from './stream-options.js';

interface CallFlags extends ConnectionChoice {
  readonly names?: readonly string[];
  readonly analyze?: readonly string[];
  readonly level: 'segment' | 'utterance' | 'all';
  /** `true` when no speed was given. */
  readonly pace?: number | true;
  readonly order: 'arrival' | 'time';
  readonly json?: boolean;
  readonly plain?: boolean;
}

const HELP = `
A leg that is not analysed is only listened to on this machine, for talk time and turns; nothing of it is sent. Inferring emotions of
employees is prohibited in the EU (AI Act, Article 5(1)(f)): name the customer's leg with --analyze.

Files are looked at before anything is streamed: where one is missing or no audio, nothing is. Of what is read once (-, a pipe, a URL) that
is known only as it comes, and the other parties are streamed to their end.`;

/** `call`: the parties of a recorded call, each on its own, and who talks when. */
export function callCommand(exit: (code: ExitCode) => void): Command {
  const command = new Command('call')
    .description('stream the parties of a recorded call, each on its own; measure talk time, overlaps, response gaps')
    .argument('<inputs...>', 'one recording with a channel for each party, or one recording of each party')
    .option(
      '--names <names>',
      'names of the parties, with commas (default: left,right, or the names of the files)',
      parseNames('--names'),
    )
    .option('--analyze <names>', 'which parties to analyse, with commas (default: all)', parseNames('--analyze'))
    .addOption(new Option('--level <level>', 'which results').choices(['segment', 'utterance', 'all']).default('all'))
    .addOption(
      new Option('--order <order>', 'as results come, or by their time as far as 2 s allow')
        .choices(['arrival', 'time'])
        .default('arrival'),
    )
    .option(
      '--pace [speed]',
      'send no faster than real time, or than that many times real time',
      numberOption('--pace', { min: 0.01, max: 100, hint: ' (write the inputs before --pace, or --pace=1)' }),
    )
    .addHelpText('after', HELP);
  return addViewOptions(addConnectionOptions(command)).action(async (inputs: string[], flags: CallFlags) => {
    const speed = flags.pace === true ? 1 : flags.pace;
    const legs = legsOf(inputs, flags);
    exit(await runCall({ legs, connection: flags, view: viewChoice(flags), level: flags.level, orderBy: flags.order, speed }));
  });
}

function legsOf(inputs: readonly string[], { names, analyze }: CallFlags): CallLegInput[] {
  const isOne = inputs.length === 1;
  const legNames = names ?? (isOne ? ['left', 'right'] : inputs.map((input) => path.parse(input).name));
  if (new Set(legNames).size < legNames.length) throw new OptionError('--names', 'must differ; name them', legNames.join());
  if (!isOne && legNames.length !== inputs.length) {
    throw new OptionError('--names', `must be as many as the inputs, ${inputs.length}`, legNames.join());
  }
  const unknown = analyze?.find((name) => !legNames.includes(name));
  if (unknown !== undefined) throw new OptionError('--analyze', `must be of ${legNames.join(', ')}`, unknown);
  const opened = inputs.map(openInput);
  return legNames.map((name, index) => ({
    name,
    input: opened[isOne ? 0 : index]!,
    channel: isOne ? index : undefined,
    isAnalysed: analyze?.includes(name) ?? true,
  }));
}

function parseNames(option: string): (text: string) => string[] {
  return (text) => {
    const names = text.split(',').map((name) => name.trim());
    if (names.some((name) => name === '')) throw new OptionError(option, 'must be names with commas between them', text);
    return names;
  };
}
