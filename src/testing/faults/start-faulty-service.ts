import { createTestCertificates, type TestCertificates } from '../certificates/test-certificates.js';
import type { TestConnection } from '../test-connection.js';
import type { Fault, FiredFault } from './fault.js';
import { FaultSchedule } from './fault-schedule.js';
import { FaultyFront } from './faulty-front.js';
import { checkOptions, type FaultyServiceOptions } from './faulty-service-options.js';
import { startResponder } from './responder.js';

/** A service that misbehaves as its plan says. */
export interface FaultyService {
  /** The port that is listened on. */
  readonly port: number;
  /** With its scheme: `http://127.0.0.1:50051`. */
  readonly endpoint: string;
  /** Options for `behavioralSignals()`. With certificates of your own, add the `tls` the client needs. */
  readonly connection: TestConnection;
  /** Faults that fired, in order. */
  readonly fired: readonly FiredFault[];
  /** Faults of the plan that did not fire yet. */
  readonly pending: readonly Fault[];
  /** Calls of the streaming API that were made, refused ones included. */
  readonly calls: number;
  /** Connections of clients that are open. */
  readonly connections: number;
  /** Ends everything at once, and leaves nothing open. */
  close(): Promise<void>;
  /** Closes at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a service on this machine with which things go wrong as planned: a local service, a scripted or another one, behind a
 * proxy that breaks connections, calls and answers.
 *
 * Each fault fires once, and is written down in `fired`.
 *
 * @throws OptionError for a plan or an option that isn't allowed; ServiceError `SERVICE_START_FAILED` when the port is taken.
 */
export async function startFaultyService(options: FaultyServiceOptions): Promise<FaultyService> {
  const { positionOf } = checkOptions(options);
  const { plan, port = 0, tls = false, onFired } = options;
  const schedule = new FaultSchedule(plan, onFired);
  const certificates = tls === true || needsCertificates(options) ? createTestCertificates() : undefined;
  const responder = await startResponder(options);
  const front = await FaultyFront.open({
    port,
    schedule,
    positionOf,
    endpoint: responder.connection.endpoint,
    tls: tls === true ? certificates?.server : tls || undefined,
    certificates,
  }).catch(async (error: unknown) => {
    await responder.close();
    throw error;
  });
  // Certificates are checked by name, and addresses are not allowed as one (RFC 6066).
  const endpoint = tls ? `https://localhost:${front.port}` : `http://127.0.0.1:${front.port}`;
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= front.close().then(() => responder.close());
    return closed;
  };
  const { cid, apiKey } = responder.connection;
  return {
    port: front.port,
    endpoint,
    connection: { endpoint, cid, apiKey, ...(tls === true && { tls: { ca: (certificates as TestCertificates).ca } }) },
    fired: schedule.fired,
    get pending() {
      return schedule.pending;
    },
    get calls() {
      return front.calls;
    },
    get connections() {
      return front.connections;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function needsCertificates({ plan }: FaultyServiceOptions): boolean {
  return plan.faults.some(({ kind }) => kind === 'wrong-certificate');
}
