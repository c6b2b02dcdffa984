import { Observable, type OperatorFunction, Subject, Subscription } from 'rxjs';
import type { AudioChunk, Pcm } from '../audio/index.js';
import { PipelineError } from '../errors/index.js';
import { pick } from './channel.js';
import { expectChunk } from './expect-chunk.js';
import { untilClosed } from './until-closed.js';

/** One channel of a recording as a stream of its own. */
export interface ChannelAudio {
  /** From 0: left is 0, right is 1. */
  readonly channel: number;
  /** The channel's audio; subscribe while the group is being emitted, as `mergeMap` does. */
  readonly audio$: Observable<AudioChunk<Pcm<'float32', 1>>>;
}

/**
 * Splits decoded audio into one stream per channel, emitted when the first audio tells how many there are.
 *
 * All channels share one source and one clock, and the slowest consumer paces all of them.
 *
 * @returns Emits one {@link ChannelAudio} per channel, in order, and completes with its input, as each `audio$` does. Unsubscribing from
 * one `audio$` leaves the others; unsubscribing from the result ends all.
 * @throws (as error notification) PipelineError `CHANNEL_NOT_SUBSCRIBED` when an `audio$` was not subscribed while it was emitted: its
 * first audio would be lost. `FORMAT_MISMATCH` when the number of channels changes.
 * @example
 * fromFile('call.wav').pipe(
 *   decode(),
 *   splitChannels(),
 *   mergeMap(({ channel, audio$ }) => audio$.pipe(toPcm16le(), chunk(250), behavioralSignals(), map((p) => ({ channel, p })))),
 * )
 */
export function splitChannels(): OperatorFunction<AudioChunk<Pcm<'float32'>>, ChannelAudio> {
  return (input) =>
    new Observable<ChannelAudio>((subscriber) => {
      const upstream = new Subscription();
      const channels: Subject<MonoChunk>[] = [];
      let outerGone = false;

      // As in groupBy: the source goes on while anybody listens, to the groups or to a group's audio.
      const letGo = () => {
        if (outerGone && !channels.some((audio) => audio.observed)) upstream.unsubscribe();
      };

      function open(count: number, label: string): void {
        for (let channel = 0; channel < count; channel += 1) {
          const audio = new Subject<MonoChunk>();
          channels.push(audio);
          let emitting = false;
          const audio$ = new Observable<MonoChunk>((inner) => {
            if (!emitting) {
              inner.error(notSubscribed(channel, label));
              return undefined;
            }
            const subscription = audio.subscribe(inner);
            return () => {
              subscription.unsubscribe();
              letGo();
            };
          });
          if (outerGone) continue;
          emitting = true;
          subscriber.next({ channel, audio$ });
          emitting = false;
          if (!audio.observed && !outerGone) throw notSubscribed(channel, label);
        }
      }

      const fail = (error: unknown) => {
        upstream.unsubscribe();
        for (const audio of channels) audio.error(error);
        subscriber.error(error);
      };
      subscriber.add(() => {
        outerGone = true;
        letGo();
      });
      upstream.add(
        input.pipe(untilClosed(upstream)).subscribe({
          next: (chunk) => {
            try {
              expectChunk(chunk, { operator: 'splitChannels()', encoding: 'float32' });
              const { format, timing } = chunk;
              if (channels.length === 0) open(format.channels, timing.source.label);
              if (channels.length !== format.channels) {
                throw new PipelineError(
                  'FORMAT_MISMATCH',
                  `"${timing.source.label}" changed from ${channels.length} to ${format.channels} channels; splitChannels() can't follow that`,
                );
              }
            } catch (error) {
              fail(error);
              return;
            }
            channels.forEach((audio, index) => {
              if (audio.observed) audio.next(pick(chunk, index));
            });
            letGo();
          },
          complete: () => {
            for (const audio of channels) audio.complete();
            subscriber.complete();
          },
          error: fail,
        }),
      );
    });
}

type MonoChunk = AudioChunk<Pcm<'float32', 1>>;

function notSubscribed(channel: number, label: string): PipelineError {
  return new PipelineError(
    'CHANNEL_NOT_SUBSCRIBED',
    `Channel ${channel} of "${label}" was not subscribed while splitChannels() emitted it, so its first audio would be lost. Subscribe to audio$ at once, for instance with mergeMap(({ audio$ }) => audio$…); to leave a channel out, use channel(n) instead.`,
  );
}
