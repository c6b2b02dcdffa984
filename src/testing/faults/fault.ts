import type { GrpcStatus } from '../wire/grpc-status.js';

/** When a fault fires: at the first moment that it describes, once. */
export type FaultPoint =
  | {
      /** When a call has brought the source's audio up to this position; see `FaultyServiceOptions` for how positions are known. */
      readonly sourceMs: number;
    }
  | {
      /** When clients have sent this many bytes over all connections, HTTP/2 and TLS included. */
      readonly bytes: number;
    }
  | {
      /** When this call is made, counted from 0. */
      readonly call: number;
    }
  | {
      /** When this connection is made, counted from 0. */
      readonly connection: number;
    }
  | {
      /** When this message of results is about to be sent, counted from 0 over all calls. */
      readonly result: number;
    };

/** What all faults have. */
export interface PlannedFault {
  /** When it fires. */
  readonly at: FaultPoint;
}

/** The next connections fail; one that is open when the fault fires is reset, so that there are next ones. */
export interface ConnectingFault extends PlannedFault {
  /**
   * - `refuse-connection`: they are reset at once, which clients see as refused.
   * - `hang-connection`: they are accepted and nothing is ever said.
   * - `max-streams`: they allow no streams, as a server at its MAX_CONCURRENT_STREAMS does: calls hang.
   */
  readonly kind: 'refuse-connection' | 'hang-connection' | 'max-streams';
  /** How many connections. Default: 1. */
  readonly times?: number;
}

/** The next connections are shown a wrong certificate; needs the service's `tls`. One that is open is reset. */
export interface CertificateFault extends PlannedFault {
  /** What goes wrong. */
  readonly kind: 'wrong-certificate';
  /** What is wrong with it. */
  readonly certificate: 'expired' | 'wrong-name' | 'unknown-ca';
  /** How many connections. Default: 1. */
  readonly times?: number;
}

/** The connection is broken off with a TCP RST. */
export interface ResetConnectionFault extends PlannedFault {
  /** What goes wrong. */
  readonly kind: 'reset-connection';
}

/** The call is broken off with RST_STREAM. */
export interface ResetCallFault extends PlannedFault {
  /** What goes wrong. */
  readonly kind: 'reset-call';
  /** The HTTP/2 error code. Default: 2, INTERNAL_ERROR. */
  readonly code?: number;
}

/** Something stops to move, for a time or for good. */
export interface StallFault extends PlannedFault {
  /**
   * - `stall-connection`: neither reads nor writes, as a dead network: even pings go unanswered.
   * - `stall-reads`: the call's audio is no longer taken.
   * - `stall-writes`: the call's results are no longer sent.
   */
  readonly kind: 'stall-connection' | 'stall-reads' | 'stall-writes';
  /** In milliseconds. Default: for good. */
  readonly forMs?: number;
}

/** From now on, everything the call is answered comes later. */
export interface DelayFault extends PlannedFault {
  /** What goes wrong. */
  readonly kind: 'delay';
  /** In milliseconds. */
  readonly delayMs: number;
}

/** The connection says GOAWAY: it takes no new calls, and the open ones live on for the grace, which ends them with CANCELLED. */
export interface GoawayFault extends PlannedFault {
  /** What goes wrong. */
  readonly kind: 'goaway';
  /** In milliseconds. Default: until they end by themselves. */
  readonly graceMs?: number;
}

/** The call ends with a status; at a `call`, before anything was answered. */
export interface StatusFault extends PlannedFault {
  /** What goes wrong. */
  readonly kind: 'status';
  /** `OK` is an end before the audio's end. */
  readonly status: GrpcStatus;
  /** The status's text. Default: none. */
  readonly details?: string;
  /** How many calls: this one and those that follow it. Default: 1. */
  readonly times?: number;
}

/** An answer breaks off: of the next one that can, only a part comes before the call is reset. */
export interface HalfAnswerFault extends PlannedFault {
  /**
   * - `missing-utterance`: the next answer for an utterance doesn't come, though its segments did.
   * - `cut-result`: only the first half of the rows of the next message comes, of those that have several.
   * - `cut-message`: only the first half of the bytes of the next message comes.
   */
  readonly kind: 'missing-utterance' | 'cut-result' | 'cut-message';
}

/** The next message of results says something wrong, or unusual. */
export interface AlteredResultFault extends PlannedFault {
  /**
   * - `wrong-id`, `wrong-pid`: an id or a process that never was.
   * - `unknown-task`: a further row of a task nobody knows.
   * - `unknown-label`: an answer that nobody knows.
   * - `repeated-result`: the message comes twice.
   * - `garbled-result`: bytes that are no message.
   */
  readonly kind: 'wrong-id' | 'wrong-pid' | 'unknown-task' | 'unknown-label' | 'repeated-result' | 'garbled-result';
}

/** The next message of results is larger than clients accept. */
export interface OversizeResultFault extends PlannedFault {
  /** What goes wrong. */
  readonly kind: 'oversize-result';
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
  /** In any order; of several that are due at once, the first in the list comes first. */
  readonly faults: readonly Fault[];
  /** What a random plan was made from. */
  readonly seed?: number | string;
}

/** A fault that fired. */
export interface FiredFault {
  /** As the plan has it. */
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
