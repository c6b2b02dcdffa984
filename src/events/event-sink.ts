import type { DiagnosticCode, StreamEvent } from './stream-event.js';

/** Whoever listens to events; a partial RxJS `Observer<StreamEvent>` and a `Subject<StreamEvent>` both fit. */
export interface EventObserver {
  /** Called synchronously, amid the audio: be brief. What it throws becomes a process warning. */
  next?: (event: StreamEvent) => void;
}

const warned = new Set<DiagnosticCode>();

/**
 * Hands an event to the observer; a diagnostic that nobody observes becomes a process warning, once per code.
 *
 * An observer that throws does not break the audio: its error is reported as a process warning.
 */
export function emitEvent(observer: EventObserver | undefined, event: StreamEvent): void {
  if (observer?.next) {
    try {
      observer.next(event);
    } catch (error) {
      process.emitWarning(`An events observer threw: ${error instanceof Error ? error.message : String(error)}`, {
        type: 'BehavioralSignalsWarning',
        code: 'EVENTS_OBSERVER_THREW',
      });
    }
    return;
  }
  if (event.type !== 'diagnostic' || warned.has(event.code)) return;
  warned.add(event.code);
  process.emitWarning(event.message, { type: 'BehavioralSignalsWarning', code: event.code });
}
