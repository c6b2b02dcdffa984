import type { SourcePositionOf } from '../position/source-locator.js';
import { readAudioStream, samplesOf } from '../wire/audio-messages.js';
import type { GrpcFrame } from '../wire/grpc-frames.js';
import type { RelayedCall, RelayObserver } from '../wire/relayed-call.js';
import type { GateConnection } from '../wire/tcp-gate.js';
import { TimerSet } from '../wire/timer-set.js';
import { alterResult, isResultFault, type ResultFault } from './alter-result.js';
import { isConnecting } from './check-fault-plan.js';
import type { CertificateFault, ConnectingFault, Fault, StatusFault } from './fault.js';
import type { FaultSchedule, Moment, PendingFault } from './fault-schedule.js';

/** What a {@link FaultInjector} needs of the service around it. */
export interface FaultInjectorContext {
  readonly schedule: FaultSchedule;
  readonly positionOf: SourcePositionOf;
  /** The connection that a call came on, as long as it is open. */
  readonly connectionOf: (call: RelayedCall) => GateConnection | undefined;
  /** Says GOAWAY on a call's connection, and ends it and its calls after the grace. */
  readonly goAway: (call: RelayedCall, graceMs: number | undefined) => void;
}

/** One call as far as its audio came. */
interface CallProgress {
  readonly call: RelayedCall;
  sampleRate: number;
  sent: number;
  sourceMs: number | undefined;
}

/** Makes happen what a plan says, to calls and connections as they pass. */
export class FaultInjector implements RelayObserver {
  readonly #context: FaultInjectorContext;
  readonly #progress = new Map<RelayedCall, CallProgress>();
  readonly #timers = new TimerSet();
  /** Wait for connections, calls and results to come. */
  readonly #connecting: { fault: ConnectingFault | CertificateFault; left: number }[] = [];
  readonly #refusing: { fault: StatusFault; left: number }[] = [];
  readonly #altering: { pending: PendingFault; fault: ResultFault }[] = [];
  #bytes = 0;
  #results = 0;

  constructor(context: FaultInjectorContext) {
    this.#context = context;
  }

  /** What goes wrong with a connection that is being made; undefined when nothing does. */
  connecting(connection: GateConnection): ConnectingFault | CertificateFault | undefined {
    this.#fire({ connection: connection.number }, { connection });
    const [first] = this.#connecting;
    if (!first) return undefined;
    first.left -= 1;
    if (first.left === 0) this.#connecting.shift();
    return first.fault;
  }

  /** Counts bytes of a connection; returns how many of them may pass. */
  received(connection: GateConnection, bytes: number): number {
    this.#bytes += bytes;
    const call = [...this.#progress.keys()].findLast((open) => !open.over && this.#context.connectionOf(open) === connection);
    return this.#fire({ bytes: this.#bytes }, { connection, ...(call && { call }) }) ? 0 : bytes;
  }

  opened(call: RelayedCall): void {
    if (call.method === undefined) return;
    this.#progress.set(call, { call, sampleRate: 0, sent: 0, sourceMs: undefined });
    const [refusing] = this.#refusing;
    if (refusing) {
      refusing.left -= 1;
      if (refusing.left === 0) this.#refusing.shift();
      call.finish(refusing.fault);
    } else {
      this.#fire({ call: call.number }, { call });
    }
  }

  request(call: RelayedCall, frame: GrpcFrame): void {
    const progress = this.#progress.get(call);
    const message = progress && !frame.compressed ? readAudioStream(frame.message) : undefined;
    if (progress && message) {
      if (message.config) progress.sampleRate = message.config.sampleRateHertz;
      else if (message.audioContent.length > 0) this.#heard(progress, message.audioContent);
    }
    call.forward(frame);
  }

  response(call: RelayedCall, frame: GrpcFrame): void {
    if (this.#progress.has(call) && !frame.compressed) {
      this.#fire({ result: this.#results++ }, { call });
      if (call.over || this.#alter(call, frame.message)) return;
    }
    call.answer(frame);
  }

  closed(call: RelayedCall): void {
    this.#progress.delete(call);
  }

  /** Ends what is under way. */
  close(): void {
    this.#timers.clear();
  }

  #heard(progress: CallProgress, audio: Buffer): void {
    const { call, sampleRate, sent } = progress;
    const samples = samplesOf(audio);
    progress.sent += samples.length;
    progress.sourceMs = this.#context.positionOf({ samples, sampleRate, sentBefore: sent, call: call.number });
    if (progress.sourceMs !== undefined) this.#fire({ sourceMs: progress.sourceMs }, { call });
  }

  /** Fires what is due, until the call or connection that it is due on is gone; whether that is so. */
  #fire(moment: Moment, on: { call?: RelayedCall; connection?: GateConnection }): boolean {
    const { call } = on;
    const connection = on.connection ?? (call && this.#context.connectionOf(call));
    while (!call?.over) {
      const pending = this.#context.schedule.take(moment, (fault) => call !== undefined || !needsCall(fault));
      if (!pending) return false;
      const { fault } = pending;
      if (isResultFault(fault)) {
        this.#altering.push({ pending, fault });
        continue;
      }
      this.#record(pending, call, connection);
      if (isConnecting(fault)) {
        this.#connecting.push({ fault, left: fault.times ?? 1 });
        // A connection that is only being made is the first of them.
        if (moment.connection === undefined) this.#resetConnection(call, connection);
      } else if (fault.kind === 'reset-connection') {
        this.#resetConnection(call, connection);
      } else if (fault.kind === 'stall-connection') {
        const resume = connection?.stall();
        this.#timers.after(fault.forMs, () => resume?.());
      } else if (call) {
        this.#hit(call, fault);
      }
      if (connection?.destroyed) return true;
    }
    return true;
  }

  #hit(call: RelayedCall, fault: Fault): void {
    switch (fault.kind) {
      case 'reset-call':
        call.reset(fault.code);
        break;
      case 'stall-reads':
        call.stallReads(fault.forMs);
        break;
      case 'stall-writes':
        call.stallWrites(fault.forMs);
        break;
      case 'delay':
        call.delayAnswers(fault.delayMs);
        break;
      case 'goaway':
        this.#context.goAway(call, fault.graceMs);
        break;
      case 'status': {
        const left = (fault.times ?? 1) - 1;
        if (left > 0) this.#refusing.push({ fault, left });
        call.finish(fault);
      }
    }
  }

  /** Does to a message what waits for one; whether there was anything. */
  #alter(call: RelayedCall, message: Buffer): boolean {
    for (const [at, { pending, fault }] of this.#altering.entries()) {
      const altered = alterResult(fault, message);
      if (!altered) continue;
      this.#altering.splice(at, 1);
      this.#record(pending, call);
      for (const bytes of altered.bytes) call.answerBytes(bytes);
      if (altered.breaksOff) call.resetAfterAnswers();
      return true;
    }
    return false;
  }

  #resetConnection(call: RelayedCall | undefined, connection: GateConnection | undefined): void {
    connection?.reset();
    call?.reset();
  }

  #record(pending: PendingFault, call?: RelayedCall, connection = call && this.#context.connectionOf(call)): void {
    const sourceMs = call && this.#progress.get(call)?.sourceMs;
    this.#context.schedule.record(pending, {
      ...(call && { call: call.number }),
      ...(connection && { connection: connection.number }),
      ...(sourceMs !== undefined && { sourceMs }),
    });
  }
}

/** Connections can be reset or stalled before there is a call on them. */
function needsCall(fault: Fault): boolean {
  return !(isConnecting(fault) || fault.kind === 'reset-connection' || fault.kind === 'stall-connection');
}
