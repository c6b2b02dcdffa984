import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessJson, ResultsJson } from '../../../src/service/rest/process-json.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { RestClient, recording } from '../rest/rest-client.js';
import { KillableService, type ServiceBundle } from './killable-service.js';

/** Recordings, and how they end when nobody kills the service. */
const RECORDINGS = [
  { file: 'test/fixtures/mono/rate_slt_x135.wav', status: 2 },
  { file: 'test/fixtures/formats/pcm_s16le.wav', status: 2 },
  { file: 'examples/audio/two-party-call.wav', status: 2 },
  { file: 'test/fixtures/corrupt/png_renamed.wav', status: -1 },
] as const;

/** What came of a run. */
export interface KillReport {
  readonly kills: number;
  readonly acknowledged: number;
  readonly completed: number;
  readonly failed: number;
  /** Of those, the ones that were given up after too many attempts. */
  readonly givenUp: number;
  readonly problems: readonly string[];
}

/** Kills a service under load, again and again, at moments that the seed decides, and looks at what has become of each submission. */
export async function runKills(
  bundle: ServiceBundle,
  dataDir: string,
  { seed, kills, onKill }: { seed: number; kills: number; onKill?: (kill: number) => void },
): Promise<KillReport> {
  const random = new SeededRandom(seed);
  const acknowledged = new Map<number, { key: string; kind: (typeof RECORDINGS)[number] }>();
  const references = new Map<string, string>();
  let keys = 0;
  const connect = (baseUrl: string) =>
    new RestClient({ batchConnection: { baseUrl, cid: '10000119', apiKey: 'token-of-the-killed' } });
  const submitUntilKilled = async (client: RestClient) => {
    for (;;) {
      const kind = random.pick(RECORDINGS);
      const key = `submission-${keys++}`;
      try {
        const { pid } = await client.submit(recording(kind.file), { meta: JSON.stringify({ key }), name: kind.file });
        acknowledged.set(pid, { key, kind });
      } catch {
        return;
      }
      await sleep(random.between(0, 60));
    }
  };

  for (let kill = 0; kill < kills; kill += 1) {
    const service = new KillableService(bundle, dataDir);
    // Some are killed while they start, amid the recovery from the last kill.
    if (random.next() < 0.15) {
      await sleep(random.between(50, 900));
      await service.kill();
      onKill?.(kill + 1);
      continue;
    }
    const baseUrl = await service.baseUrl;
    if (baseUrl === undefined) return failure(`the service did not start after kill ${kill}: ${service.stderr}`);
    const submitting = Promise.all([1, 2, 3].map(() => submitUntilKilled(connect(baseUrl))));
    // So many more are acknowledged first, however slow the machine; then it is any moment.
    const wanted = acknowledged.size + random.below(7);
    const latest = performance.now() + 10_000;
    while (acknowledged.size < wanted && performance.now() < latest) await sleep(5);
    await sleep(random.between(0, 250));
    await service.kill();
    await submitting;
    onKill?.(kill + 1);
  }

  const service = new KillableService(bundle, dataDir);
  const baseUrl = await service.baseUrl;
  if (baseUrl === undefined) return failure(`the service did not start at last: ${service.stderr}`);
  const client = connect(baseUrl);
  const problems: string[] = [];
  for (const { file, status } of RECORDINGS) {
    if (status === 2) references.set(file, rowsOf(await client.results((await endedOf(client, file)).pid)));
  }
  const report = { completed: 0, failed: 0, givenUp: 0 };
  for (const [pid, { key, kind }] of acknowledged) {
    const { status, statusmsg, meta, name } = await client.ended(pid);
    if (meta !== JSON.stringify({ key }) || name !== kind.file) problems.push(`${pid} is not what was submitted as it`);
    const isGivenUp = status === -1 && statusmsg.startsWith('The service ended 5 times');
    if (status === 2) report.completed += 1;
    else report.failed += 1;
    if (isGivenUp) report.givenUp += 1;
    else if (status !== kind.status) problems.push(`${pid} (${kind.file}) ended with ${status}: ${statusmsg}`);
    if (status === -1 && statusmsg === '') problems.push(`${pid} failed without a reason`);
    if (status === 2 && rowsOf(await client.results(pid)) !== references.get(kind.file)) {
      problems.push(`${pid} (${kind.file}) has other results than a run without kills`);
    }
  }
  const listed = await listAll(client);
  const seen = new Map<string, number>();
  for (const { meta } of listed) if (meta !== null) seen.set(meta, (seen.get(meta) ?? 0) + 1);
  for (const [meta, count] of seen) if (count > 1) problems.push(`${meta} was kept ${count} times`);
  for (const { pid } of listed) await client.ended(pid);
  // Also what was kept, but whose acknowledgement the kill has swallowed, has ended now.
  if ((await service.stop()) !== 0) problems.push(`the service did not end well: ${service.stderr}`);
  const left = await readdir(path.join(dataDir, 'uploads'));
  if (left.length > 0) problems.push(`${left.length} recordings were left behind`);
  return { kills, acknowledged: acknowledged.size, ...report, problems };

  async function failure(problem: string): Promise<KillReport> {
    return { kills, acknowledged: acknowledged.size, completed: 0, failed: 0, givenUp: 0, problems: [problem] };
  }
}

async function endedOf(client: RestClient, file: string): Promise<ProcessJson> {
  return client.ended((await client.submit(recording(file), { name: 'reference' })).pid);
}

function rowsOf({ results }: ResultsJson): string {
  return JSON.stringify(results);
}

async function listAll(client: RestClient): Promise<ProcessJson[]> {
  const all: ProcessJson[] = [];
  for (let page = 0; ; page += 1) {
    const rows = await client.get<ProcessJson[]>(`clients/{cid}/processes?pageSize=500&page=${page}`);
    all.push(...rows);
    if (rows.length < 500) return all;
  }
}
