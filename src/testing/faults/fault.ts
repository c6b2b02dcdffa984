import type { GrpcStatus } from '../wire/grpc-status.js';

/**
 * When a fault fires: at the first of these moments that comes, once.
 *
 * - `sourceMs`: a call has brought the source's audio up to this position; see `FaultyServiceOptions` for how positions are known.
 * - `bytes`: clients have sent this many bytes over all connections, HTTP/2 and TLS included.
 * - `call`: this call is made, counted from 0.
 * - `connection`: this connection is made, counted from 0.
 * - `result`: this message of results is about to be sent, counted from 0 over all calls.
 */
export type FaultPoint =
  | { readonly sourceMs: number }
  | { readonly bytes: number }
  | { readonly call: number }
  | { readonly connection: number }
  | { readonly result: number };

/** The next connections fail; one that is open when the fault fires is reset, so that there are next ones. */
export interface ConnectingFault {
  /**
   * - `refuse-connection`: they are reset at once, which clients see as refused.
   * - `hang-connection`: they are accepted and nothing is ever said.
   * - `max-streams`: they allow no streams, as a server at its MAX_CONCURRENT_STREAMS does: calls hang.
   */
  readonly kind: 'refuse-connection' | 'hang-connection' | 'max-streams';
  readonly at: FaultPoint;
  /** How many connections. Default: 1. */
  readonly times?: number;
}

/** The next connections are shown a wrong certificate; needs the service's `tls`. One that is open is reset. */
export interface CertificateFault {
  readonly kind: 'wrong-certificate';
  readonly at: FaultPoint;
  readonly certificate: 'expired' | 'wrong-name' | 'unknown-ca';
  /** How many connections. Default: 1. */
  readonly times?: number;
}

/** The connection is broken off with a TCP RST. */
export interface ResetConnectionFault {
  readonly kind: 'reset-connection';
  readonly at: FaultPoint;
}

/** The call is broken off with RST_STREAM. */
export interface ResetCallFault {
  readonly kind: 'reset-call';
  readonly at: FaultPoint;
  /** The HTTP/2 error code. Default: 2, INTERNAL_ERROR. */
  readonly code?: number;
}

/** Something stops to move, for a time or for good. */
export interface StallFault {
  /**
   * - `stall-connection`: neither reads nor writes, as a dead network: even pings go unanswered.
   * - `stall-reads`: the call's audio is no longer taken.
   * - `stall-writes`: the call's results are no longer sent.
   */
  readonly kind: 'stall-connection' | 'stall-reads' | 'stall-writes';
  readonly at: FaultPoint;
  /** In milliseconds. Default: for good. */
  readonly forMs?: number;
}

/** From now on, everything the call is answered comes later. */
export interface DelayFault {
  readonly kind: 'delay';
  readonly at: FaultPoint;
  readonly delayMs: number;
}

/** The connection says GOAWAY: it takes no new calls, and the open ones live on for the grace, which ends them with CANCELLED. */
export interface GoawayFault {
  readonly kind: 'goaway';
  readonly at: FaultPoint;
  /** In milliseconds. Default: until they end by themselves. */
  readonly graceMs?: number;
}

/** The call ends with a status; at a `call`, before anything was answered. */
export interface StatusFault {
  readonly kind: 'status';
  readonly at: FaultPoint;
  /** `OK` is an end before the audio's end. */
  readonly status: GrpcStatus;
  readonly details?: string;
  /** How many calls: this one and those that follow it. Default: 1. */
  readonly times?: number;
}

/** An answer breaks off: of the next one that can, only a part comes before the call is reset. */
export interface HalfAnswerFault {
  /**
   * - `missing-utterance`: the next answer for an utterance doesn't come, though its segments did.
   * - `cut-result`: only the first half of the rows of the next message comes, of those that have several.
   * - `cut-message`: only the first half of the bytes of the next message comes.
   */
  readonly kind: 'missing-utterance' | 'cut-result' | 'cut-message';
  readonly at: FaultPoint;
}

/** The next message of results says something wrong, or unusual. */
export interface AlteredResultFault {
  /**
   * - `wrong-id`, `wrong-pid`: an id or a process that never was.
   * - `unknown-task`: a further row of a task nobody knows.
   * - `unknown-label`: an answer that nobody knows.
   * - `repeated-result`: the message comes twice.
   * - `garbled-result`: bytes that are no message.
   */
  readonly kind: 'wrong-id' | 'wrong-pid' | 'unknown-task' | 'unknown-label' | 'repeated-result' | 'garbled-result';
  readonly at: FaultPoint;
}

/** The next message of results is larger than clients accept. */
export interface OversizeResultFault {
  readonly kind: 'oversize-result';
  readonly at: FaultPoint;
  /** Its size. Default: 17 MiB; this library accepts 16. */
  readonly bytes?: number;
}

/** One thing that goes wrong, once. Plain data. */
export type Fault =
  | ConnectingFault
  | CertificateFault
  | ResetConnectionFault
  | ResetCallFault
  | StallFault
  | DelayFault
  | GoawayFault
  | StatusFault
  | HalfAnswerFault
  | AlteredResultFault
  | OversizeResultFault;

/** Name of what goes wrong. */
export type FaultKind = Fault['kind'];

/** What goes wrong in a session, and when. Plain data: it survives JSON. */
export interface FaultPlan {
  readonly faults: readonly Fault[];
  /** What a random plan was made from. */
  readonly seed?: number | string;
}

/** A fault that fired. */
export interface FiredFault {
  readonly fault: Fault;
  /** Its place in the plan. */
  readonly index: number;
  /** When, in milliseconds since the Unix epoch. */
  readonly firedAtMs: number;
  /** The call that it hit or that set it off. */
  readonly call?: number;
  /** The connection that it hit or that set it off. */
  readonly connection?: number;
  /** The position of the source's audio that the call had brought by then. */
  readonly sourceMs?: number;
}
