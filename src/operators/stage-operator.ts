import { Observable, type OperatorFunction, Subscription } from 'rxjs';
import { type Flow, Stage } from '../flow/index.js';
import { untilClosed } from './until-closed.js';

/** One subscription's state of a stage operator. */
export interface StageWork<In, Out> {
  /** Turns one input into outputs, lazily; `flow` is what outputs carry. */
  process: (input: In, flow: Flow) => Iterable<Out>;
  /** What is left at the end. */
  flush?: (flow: Flow) => Iterable<Out>;
  /** Frees what the work holds; called once, however the subscription ends. */
  free?: () => void;
  /** Done before the first input is processed. */
  ready?: Promise<unknown>;
}

/** Builds a cold operator around a {@link Stage}: an asynchronous boundary that looks at the holds before each output. */
export function stageOperator<In extends { flow: Flow }, Out>(
  name: string,
  begin: () => StageWork<In, Out>,
): OperatorFunction<In, Out> {
  return (input) =>
    new Observable<Out>((subscriber) => {
      const work = begin();
      const stage: Stage<In, Out> = new Stage<In, Out>({
        name,
        process: (chunk) => work.process(chunk, stage.flow),
        flush: () => work.flush?.(stage.flow) ?? [],
        emit: (output) => subscriber.next(output),
        complete: () => subscriber.complete(),
        error: (error) => subscriber.error(error),
        // Optional at run time, whatever the types say: the first input may be something else altogether.
        flowOf: (chunk) => (chunk as Partial<In> | undefined)?.flow,
        bytesOf: () => 0,
        ...(work.ready && { ready: work.ready }),
      });
      // The input goes first: what is let go of after it can't make it emit once more.
      const upstream = new Subscription();
      subscriber.add(upstream);
      subscriber.add(() => {
        stage.stop();
        work.free?.();
      });
      upstream.add(
        input.pipe(untilClosed(subscriber)).subscribe({
          next: (chunk) => stage.push(chunk),
          complete: () => stage.end(),
          error: (error) => stage.endWithError(error),
        }),
      );
    });
}
