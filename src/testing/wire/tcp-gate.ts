import net, { type AddressInfo, type Socket } from 'node:net';
import { startFailed } from './http2-listener.js';
import { PauseReasons } from './pause-reasons.js';

/** What becomes of a connection: passed on to a loopback port, reset, or accepted and never answered. */
export type GateRoute = number | 'reset' | 'hang';

/** How a {@link TcpGate} decides. */
export interface TcpGateOptions {
  readonly port: number;
  /** Asked for each connection as it comes. */
  readonly route: (connection: GateConnection) => GateRoute;
  /** Called before bytes of the client are passed on; returns how many of them may pass. */
  readonly received?: (connection: GateConnection, bytes: number) => number;
}

/** One client's connection. */
export class GateConnection {
  /** Counts up from 0. */
  readonly number: number;
  readonly #client: Socket;
  readonly #clientReading: PauseReasons;
  #inner: Socket | undefined;
  #innerReading: PauseReasons | undefined;
  readonly #stalls = new Set<symbol>();

  constructor(number: number, client: Socket) {
    this.number = number;
    this.#client = client;
    this.#clientReading = new PauseReasons(client);
    client.setNoDelay();
    client.on('error', () => {});
    client.once('close', () => this.#inner?.destroy());
  }

  get destroyed(): boolean {
    return this.#client.destroyed;
  }

  /** Breaks the connection off with a TCP RST. */
  reset(): void {
    this.#client.resetAndDestroy();
    this.#inner?.destroy();
  }

  /** Stops to read and to write, as a dead network does (no end is noticed either); returns what ends that. */
  stall(): () => void {
    const stall = Symbol('stall');
    this.#stalls.add(stall);
    this.#clientReading.pause(stall);
    this.#innerReading?.pause(stall);
    return () => {
      this.#stalls.delete(stall);
      this.#clientReading.resume(stall);
      this.#innerReading?.resume(stall);
    };
  }

  destroy(): void {
    this.#client.destroy();
    this.#inner?.destroy();
  }

  /** Reads what comes and never answers. */
  swallow(): void {
    this.#client.resume();
  }

  /** Joins the client with a loopback port; `open` learns the port that the inner connection has at this end. */
  passOn(port: number, received: (bytes: number) => number, open: (localPort: number) => void): void {
    const inner = net.connect({ host: '127.0.0.1', port, noDelay: true });
    this.#inner = inner;
    const clientReading = this.#clientReading;
    const innerReading = new PauseReasons(inner);
    for (const stall of this.#stalls) innerReading.pause(stall);
    this.#innerReading = innerReading;
    inner.on('error', () => {});
    inner.once('connect', () => open(inner.localPort ?? 0));
    inner.once('close', () => this.#client.destroySoon());
    this.#client.on('data', (part: Buffer) => {
      const passed = received(part.length);
      if (passed <= 0) return;
      if (!inner.write(passed < part.length ? part.subarray(0, passed) : part)) clientReading.pause(inner);
    });
    inner.on('drain', () => clientReading.resume(inner));
    inner.on('data', (part: Buffer) => {
      if (!this.#client.write(part)) innerReading.pause(inner);
    });
    this.#client.on('drain', () => innerReading.resume(inner));
    this.#client.once('end', () => inner.end());
    inner.once('end', () => this.#client.end());
  }
}

/** A TCP server in front of others: the layer at which connections are refused, reset, stalled and misdirected. */
export class TcpGate {
  readonly port: number;
  readonly #server: net.Server;
  readonly #connections = new Set<GateConnection>();
  readonly #byInnerPort = new Map<number, GateConnection>();

  private constructor(server: net.Server, { route, received = (_, bytes) => bytes }: TcpGateOptions) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    let count = 0;
    server.on('connection', (client) => {
      const connection = new GateConnection(count++, client);
      this.#connections.add(connection);
      client.once('close', () => this.#connections.delete(connection));
      const to = route(connection);
      if (to === 'reset') return connection.reset();
      if (to === 'hang') return connection.swallow();
      connection.passOn(
        to,
        (bytes) => received(connection, bytes),
        (localPort) => {
          this.#byInnerPort.set(localPort, connection);
          client.once('close', () => this.#byInnerPort.delete(localPort));
        },
      );
    });
  }

  /** @throws ServiceError `SERVICE_START_FAILED` when the port can't be listened on. */
  static async listen(options: TcpGateOptions): Promise<TcpGate> {
    const server = net.createServer();
    await new Promise<void>((resolve, reject) => {
      server.on('error', (error) => reject(startFailed(options.port, error)));
      server.listen(options.port, '127.0.0.1', resolve);
    });
    return new TcpGate(server, options);
  }

  /** Connections that are open. */
  get size(): number {
    return this.#connections.size;
  }

  /** The connection that is passed on through this local port. */
  connectionAt(innerPort: number): GateConnection | undefined {
    return this.#byInnerPort.get(innerPort);
  }

  /** Takes no more connections and ends those that are open. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }
}
