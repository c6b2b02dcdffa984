import net from 'node:net';

/** A TCP proxy whose maker says where each connection goes, and when. */
export interface TcpProxy {
  readonly endpoint: string;
  /** Where connections lead from now on: a port of this machine. */
  target: number;
  /** Connections that wait. */
  readonly waiting: number;
  /** Connections that are open; of one that waits, a proxy doesn't see the end. */
  readonly connections: number;
  /** Has connections wait from now on. */
  shut: () => void;
  /** Lets those in that wait, and all that come. */
  open: () => void;
  close: () => void;
}

/** Starts a proxy that leads to a port. */
export async function startTcpProxy(port: number): Promise<TcpProxy> {
  let isOpen = true;
  const waiting = new Set<() => void>();
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    sockets.add(client.on('error', () => {}).on('close', () => sockets.delete(client)));
    const enter = () => {
      waiting.delete(enter);
      const upstream = net.connect(proxy.target, '127.0.0.1').on('error', () => client.destroy());
      client.pipe(upstream).pipe(client);
      client.on('close', () => upstream.destroy());
    };
    client.on('close', () => waiting.delete(enter));
    if (isOpen) enter();
    else waiting.add(enter);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: TcpProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    target: port,
    get waiting() {
      return waiting.size;
    },
    get connections() {
      return sockets.size;
    },
    shut: () => {
      isOpen = false;
    },
    open: () => {
      isOpen = true;
      for (const enter of waiting) enter();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return proxy;
}
