import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { ServiceError, type StreamingOptions } from '../index.js';
import { BENCH_SERVICE, BENCH_WIRE, type ServiceReport, type WireReport } from './bench-children.js';
import { keepSecret } from './printable.js';

/** A local service in a process of its own, behind a proxy in another. */
export interface BenchService {
  readonly streaming: Pick<StreamingOptions, 'endpoint' | 'cid' | 'apiKey'>;
  /** When each message of the next connection was complete at the proxy, in milliseconds since the Unix epoch; known once it closed. */
  nextConnection(): Promise<readonly number[]>;
  close(): void;
}

/**
 * Starts the local service and the proxy, both from this program; they end with it.
 *
 * @throws ServiceError `SERVICE_START_FAILED`.
 */
export async function startBenchService(): Promise<BenchService> {
  const children: ChildProcess[] = [];
  const start = async <Report>(...args: string[]) => {
    const child = fork(process.argv[1] ?? '', args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    children.push(child);
    return { child, report: await nextReport<Report>(child) };
  };
  const close = () => {
    for (const child of children) if (child.connected) child.disconnect();
  };
  try {
    const service = await start<ServiceReport>(BENCH_SERVICE);
    const proxy = await start<{ port: number }>(BENCH_WIRE, String(service.report.port));
    keepSecret(service.report.connection.apiKey ?? '');
    return {
      streaming: { ...service.report.connection, endpoint: `http://127.0.0.1:${proxy.report.port}` },
      nextConnection: async () => {
        const closed = await nextReport<WireReport>(proxy.child);
        return 'completedAt' in closed ? closed.completedAt : [];
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function nextReport<Report>(child: ChildProcess): Promise<Report> {
  const gone = once(child, 'exit').then(() => {
    throw new ServiceError(
      'SERVICE_START_FAILED',
      'a process to measure against ended; "behavioral-signals-rx serve" may say why',
    );
  });
  const [message] = (await Promise.race([once(child, 'message'), gone])) as [Report];
  return message;
}
