import { constants } from 'node:http2';
import type { ServiceTls } from '../../service/index.js';
import type { TestCertificates } from '../certificates/test-certificates.js';
import type { SourcePositionOf } from '../position/source-locator.js';
import { methodOf } from '../wire/audio-messages.js';
import { Http2Listener } from '../wire/http2-listener.js';
import { RelayedCall, type RelayObserver } from '../wire/relayed-call.js';
import { type GateConnection, type GateRoute, TcpGate } from '../wire/tcp-gate.js';
import { TimerSet } from '../wire/timer-set.js';
import type { CertificateFault, ConnectingFault } from './fault.js';
import { FaultInjector } from './fault-injector.js';
import type { FaultSchedule } from './fault-schedule.js';

/** How a {@link FaultyFront} is made. */
export interface FaultyFrontOptions {
  readonly port: number;
  readonly schedule: FaultSchedule;
  readonly positionOf: SourcePositionOf;
  /** The service behind. */
  readonly endpoint: string;
  readonly tls: Pick<ServiceTls, 'cert' | 'key' | 'clientCa'> | undefined;
  /** Wrong ones, where the plan needs them. */
  readonly certificates: TestCertificates | undefined;
}

type Tls = Pick<ServiceTls, 'cert' | 'key'>;

/**
 * What clients connect to: a TCP gate that leads each connection to the listener it deserves, and the calls of the good one through
 * the injector to the service behind.
 */
export class FaultyFront {
  readonly #gate: TcpGate;
  readonly #listeners: readonly Http2Listener[];
  readonly #count: () => number;
  readonly #stop: () => void;

  private constructor(gate: TcpGate, listeners: readonly Http2Listener[], count: () => number, stop: () => void) {
    this.#gate = gate;
    this.#listeners = listeners;
    this.#count = count;
    this.#stop = stop;
  }

  static async open({ port, schedule, positionOf, endpoint, tls, certificates }: FaultyFrontOptions): Promise<FaultyFront> {
    const listeners: Http2Listener[] = [];
    const open = new Set<RelayedCall>();
    const timers = new TimerSet();
    let calls = 0;
    try {
      const listen = async (options: Parameters<typeof Http2Listener.listen>[0]) => {
        const listener = await Http2Listener.listen(options);
        listeners.push(listener);
        return listener;
      };
      const good = await listen({
        tls,
        onStream: (stream, headers) => {
          const number = methodOf(String(headers[':path'])) ? calls++ : -1;
          new RelayedCall(number, stream, headers, { endpoint }, observer);
        },
      });
      // The others take no calls: one allows none, and no client that checks certificates gets to the rest.
      const noCalls = { onStream: () => {} };
      const full = await listen({ ...noCalls, tls, maxConcurrentStreams: 0 });
      const wrong = new Map<CertificateFault['certificate'], number>();
      for (const [name, certificate] of wrongCertificates(certificates)) {
        wrong.set(name, (await listen({ ...noCalls, tls: certificate })).port);
      }
      const injector: FaultInjector = new FaultInjector({
        schedule,
        positionOf,
        connectionOf: (call) => gate.connectionAt(call.clientPort),
        goAway: (call, graceMs) => {
          // Says GOAWAY, and closes once the last call is over.
          good.sessionOf(call.clientPort)?.close();
          const cut = () => {
            for (const other of open) if (other.clientPort === call.clientPort) other.reset(constants.NGHTTP2_CANCEL);
          };
          timers.after(graceMs, cut);
        },
      });
      const observer: RelayObserver = observing(injector, open);
      const route = (connection: GateConnection): GateRoute => {
        const fault = injector.connecting(connection);
        return fault ? routeOf(fault, full.port, wrong) : good.port;
      };
      const gate = await TcpGate.listen({ port, route, received: (connection, bytes) => injector.received(connection, bytes) });
      return new FaultyFront(
        gate,
        listeners,
        () => calls,
        () => {
          timers.clear();
          injector.close();
        },
      );
    } catch (error) {
      await Promise.all(listeners.map((listener) => listener.close()));
      throw error;
    }
  }

  get port(): number {
    return this.#gate.port;
  }

  /** Calls that were made. */
  get calls(): number {
    return this.#count();
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#gate.size;
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#gate.close();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }
}

/** Keeps the set of calls that are open, beside what the injector does. */
function observing(injector: FaultInjector, open: Set<RelayedCall>): RelayObserver {
  return {
    opened: (call) => {
      open.add(call);
      injector.opened(call);
    },
    request: (call, frame) => injector.request(call, frame),
    response: (call, frame) => injector.response(call, frame),
    closed: (call) => {
      open.delete(call);
      injector.closed(call);
    },
  };
}

function wrongCertificates(certificates: TestCertificates | undefined): [CertificateFault['certificate'], Tls][] {
  if (!certificates) return [];
  const { expired, wrongName, unknownCa } = certificates;
  return [
    ['expired', expired],
    ['wrong-name', wrongName],
    ['unknown-ca', unknownCa],
  ];
}

function routeOf(
  fault: ConnectingFault | CertificateFault,
  full: number,
  wrong: ReadonlyMap<CertificateFault['certificate'], number>,
): GateRoute {
  if ('certificate' in fault) return wrong.get(fault.certificate) ?? 'reset';
  if (fault.kind === 'max-streams') return full;
  return fault.kind === 'hang-connection' ? 'hang' : 'reset';
}
