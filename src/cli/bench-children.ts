import net from 'node:net';
import { Command } from 'commander';
import type { StreamingOptions } from '../index.js';
import { MessageClock } from './message-clock.js';

/** Names of the commands that run the processes of `bench`; not for users. */
export const BENCH_SERVICE = 'bench-service';
export const BENCH_WIRE = 'bench-wire';

/** What the service's process tells its parent. */
export interface ServiceReport {
  readonly port: number;
  readonly connection: Pick<StreamingOptions, 'cid' | 'apiKey'>;
}

/** What the proxy's process tells its parent: where it listens, and once a connection closed, when its messages were complete. */
export type WireReport = { readonly port: number } | { readonly completedAt: readonly number[] };

/** The local service, in a process of its own so that client and server don't share a processor's turn. */
export function benchServiceCommand(): Command {
  return new Command(BENCH_SERVICE).action(async () => {
    const { startLocalService } = await import('../service/index.js');
    const { port, connection } = await startLocalService();
    report<ServiceReport>({ port, connection: { cid: connection.cid, apiKey: connection.apiKey } });
    await parentIsGone();
  });
}

/** A proxy in front of a plaintext server on this machine, in a process of its own so that its clock is not slowed by the client. */
export function benchWireCommand(): Command {
  return new Command(BENCH_WIRE).argument('<port>').action(async (port: string) => {
    const server = net.createServer((client) => {
      client.setNoDelay(true);
      const clock = new MessageClock(() => performance.timeOrigin + performance.now());
      const upstream = net.connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
      client.on('data', (bytes) => clock.push(bytes));
      client.pipe(upstream).pipe(client);
      const end = () => {
        client.destroy();
        upstream.destroy();
      };
      // The server may close first, which stops the pipe; the client's own end must still be read.
      upstream.once('close', () => client.resume());
      client.on('error', end);
      upstream.on('error', end);
      client.once('close', () => report<WireReport>({ completedAt: clock.completedAt }));
    });
    server.listen(0, '127.0.0.1', () => report<WireReport>({ port: (server.address() as net.AddressInfo).port }));
    await parentIsGone();
  });
}

function report<Message>(message: Message): void {
  process.send?.(message);
}

/** However the parent ended, the channel to it is closed then. Ctrl-C is the parent's to handle. */
function parentIsGone(): Promise<void> {
  process.on('SIGINT', () => {});
  return new Promise((resolve) => process.once('disconnect', resolve));
}
