// @ts-check
// Many RTP legs in one process, each PCMU at 50 packets a second to 16-bit PCM at 16 kHz, beside bare sockets that count packets.
import { setTimeout as wait } from 'node:timers/promises';
import { Child } from './measuring/child-process.mjs';
import { compare } from './measuring/comparison.mjs';
import { interleave } from './measuring/pairs.mjs';

export const title = 'RTP: concurrent PCMU legs into 16 kHz PCM in one process, against sockets that only count packets';

/** What is sent before anything counts: V8 has compiled what runs often, and the transit's minimum is known. */
const WARM_UP_MS = 4000;
const WINDOW_MS = 5000;
/** What is on its way, and the playout delay. */
const SETTLE_MS = 500;
const TARGET_LEGS = 1000;
/** So many that the process keeps up with them. */
const FEW_LEGS = 250;
/** What else is made of the packets. @type {readonly [Side, string][]} */
const OTHER_SIDES = [
  ['library', '16 kHz PCM, as it comes'],
  ['decoded', '8 kHz float, as it comes'],
  ['chunked', '16 kHz PCM in chunks of 250 ms'],
  ['chunked-8k', '8 kHz PCM in chunks of 250 ms'],
];

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const rows = [];
  for (const legs of quick ? [20] : [100, 250, 500, TARGET_LEGS, 2000]) {
    progress(`${legs} legs`);
    const ms = { warmUp: quick ? 500 : WARM_UP_MS, window: quick ? 500 : WINDOW_MS };
    const { ours, baseline } = await interleave(
      quick ? 1 : 3,
      () => measure('library', legs, ms),
      () => measure('dgram', legs, ms),
    );
    rows.push(...compareSides(legs, ours, baseline));
  }
  const legs = quick ? 20 : FEW_LEGS;
  for (const [side, made] of OTHER_SIDES) {
    progress(made);
    const ours = [];
    for (let i = 0; i < (quick ? 1 : 3); i += 1) {
      const { usPerPacket } = await measure(side, legs, { warmUp: quick ? 500 : WARM_UP_MS, window: quick ? 500 : WINDOW_MS });
      ours.push(usPerPacket);
    }
    rows.push(compare({ case: `${legs} legs, ${made}`, measure: 'processor time', unit: 'us per packet', ours }));
  }
  const notes = [
    'Packets that were sent and not received are told apart: those that the system dropped at a full socket of the receiver, as /proc/net/udp counts',
    'them, because the receiver read too seldom; those that the sender could not hand to its system; and all others, lost by the receiver itself.',
    'Where the system does not count, the first and the last are one figure, under lost by the receiver. What waits in a socket at the end is read first.',
    'Late ones came more than the playout delay of 80 ms after they were due: the sender was late, since what waits for the receiver is never taken for late.',
  ];
  return { rows, notes };
}

/** @typedef {'library' | 'decoded' | 'chunked' | 'chunked-8k' | 'dgram'} Side */

/** @typedef {{ usPerPacket: number, cores: number, bytesPerLeg: number, lost: number, dropped: number, refused: number, late: number, p50: number, p99: number, max: number }} Figures */

/** @param {Side} side @param {number} count @param {{ warmUp: number, window: number }} ms @returns {Promise<Figures>} */
async function measure(side, count, ms) {
  const listener = new Child('rtp-listener', { execArgv: ['--expose-gc'] });
  const sender = new Child('rtp-sender');
  try {
    const { ports } = await listener.call('open', { side, count });
    await sender.call('open', { ports });
    const warm = await sender.call('send', { ms: ms.warmUp });
    await wait(SETTLE_MS);
    await listener.call('readAll');
    await listener.call('begin');
    const { sent, refused, ms: tookMs } = await sender.call('send', { ms: ms.window });
    await wait(SETTLE_MS);
    await listener.call('readAll');
    const taken = await listener.call('take');
    await listener.call('close');
    return {
      usPerPacket: (taken.cpuMs * 1000) / sent,
      cores: taken.cpuMs / tookMs,
      bytesPerLeg: taken.grownBytes / count,
      lost: warm.sent + sent - refused - (taken.dropped ?? 0) - taken.received,
      dropped: taken.dropped ?? Number.NaN,
      refused,
      late: taken.late,
      p50: taken.p50,
      p99: taken.p99,
      max: taken.max,
    };
  } finally {
    await Promise.all([listener.stop(), sender.stop()]);
  }
}

/** @param {number} legs @param {Figures[]} ours @param {Figures[]} baseline */
function compareSides(legs, ours, baseline) {
  const name = `${legs} legs`;
  const isTarget = legs === TARGET_LEGS;
  const of = (/** @type {Figures[]} */ figures, /** @type {keyof Figures} */ key) => figures.map((figure) => figure[key]);
  const both = (/** @type {keyof Figures} */ key) => ({ case: name, ours: of(ours, key), baseline: of(baseline, key) });
  const alone = (/** @type {keyof Figures} */ key) => ({ case: name, ours: of(ours, key) });
  return [
    compare({
      ...both('lost'),
      measure: 'packets lost by the receiver',
      unit: 'packets',
      as: 'difference',
      ...(isTarget && { target: { of: 'ours', atMost: 0, text: '0' } }),
    }),
    ...(ours.some(({ dropped }) => Number.isNaN(dropped))
      ? []
      : [
          compare({
            ...both('dropped'),
            measure: 'packets dropped at full sockets',
            unit: 'packets',
            as: 'difference',
            ...(isTarget && { target: { of: 'ours', atMost: 0, text: '0' } }),
          }),
        ]),
    compare({ ...both('refused'), measure: 'packets that the sender could not send', unit: 'packets', as: 'difference' }),
    compare({ ...alone('late'), measure: 'packets late', unit: 'packets' }),
    compare({ ...alone('p50'), measure: 'added beyond the playout delay, p50', unit: 'ms' }),
    compare({
      ...alone('p99'),
      measure: 'added beyond the playout delay, p99',
      unit: 'ms',
      ...(isTarget && { target: { of: 'ours', atMost: 20, text: '<= 20 ms' } }),
    }),
    compare({ ...alone('max'), measure: 'added beyond the playout delay, max', unit: 'ms' }),
    compare({ ...both('usPerPacket'), measure: 'processor time', unit: 'us per packet' }),
    compare({ ...both('cores'), measure: 'processor', unit: 'cores', as: 'difference' }),
    compare({ ...both('bytesPerLeg'), measure: 'memory', unit: 'bytes per leg', as: 'difference' }),
  ];
}
