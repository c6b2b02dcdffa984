import { parseArgs } from 'node:util';
import { fuzzParser } from './support/fuzz-parser.js';
import { fuzzSessions } from './support/fuzz-sessions.js';

const USAGE = `npm run fuzz -- [--messages 100000] [--sessions 1000] [--seed 1]

Gives hostile messages to the parser, and sessions to hostile servers. Ends with 1 when anything crashes, hangs or leaks.`;

/** `npm run fuzz`. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      messages: { type: 'string', default: '100000' },
      sessions: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  const [messages, sessions, seed] = [Number(values.messages), Number(values.sessions), Number(values.seed)];
  if (values.help || [messages, sessions, seed].some((number) => !Number.isSafeInteger(number) || number < 0)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const parsed = fuzzParser(seed, messages);
  console.log(
    `${messages} messages in ${(parsed.elapsedMs / 1000).toFixed(1)} s: ${parsed.predictions} predictions, ${parsed.refused} were no messages`,
  );
  const ran = await fuzzSessions(seed, sessions, (done) => console.error(`${done} of ${sessions} sessions`));
  console.log(
    `${sessions} sessions in ${(ran.elapsedMs / 1000).toFixed(1)} s: ${ran.predictions} predictions; ${JSON.stringify(ran.endings)}`,
  );
  const problems = [...parsed.problems, ...ran.problems];
  if (problems.length === 0) console.log('Typed errors or predictions; no crash, no hang, nothing left open.');
  else console.log(`${problems.length} problems with seed ${seed}:\n  ${problems.slice(0, 20).join('\n  ')}`);
  return problems.length === 0 ? 0 : 1;
}
