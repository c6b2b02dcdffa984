import type { LegEvent, RtpEvent, SessionEvent, StatisticsEvent, StreamEvent, TurnEvent } from '../events/index.js';

/** An event in a few plain words, for log lines. */
export function describeEvent(event: StreamEvent): string {
  switch (event.type) {
    case 'diagnostic':
      return event.message;
    case 'format':
      return `${event.container} ${event.codec}, ${event.sampleRate} Hz, ${event.channels} channels`;
    case 'session':
      return describeStep(event);
    case 'gap':
      return `${seconds(event.endMs - event.startMs)} of audio missing from ${seconds(event.startMs)} on: ${event.reason}`;
    case 'result':
      return `${event.level} from ${seconds(event.startMs)} to ${seconds(event.endMs)} answered`;
    case 'statistics':
      return describeStatistics(event);
    case 'budget':
      return `budget of ${seconds(event.maxAudioMs)} used up at ${seconds(event.atMs)}`;
    case 'gate':
      return `gate ${event.state} at ${seconds(event.atMs)}: ${seconds(event.sentMs)} sent, ${seconds(event.savedMs)} saved`;
    case 'rtp':
      return describeRtp(event);
    case 'rtp-statistics':
      return `${event.received} packets received, ${event.lost} lost, ${event.late} late`;
    case 'dtmf':
      return `key pressed at ${seconds(event.startMs)}`;
    case 'mark':
      return `mark ${event.state} at ${seconds(event.atMs)}`;
    case 'socket-statistics':
      return `${seconds(event.audioMs)} of audio in ${event.audioMessages} of ${event.messages} messages`;
    case 'socket':
      return `socket ${event.state}${event.reason ? `: ${event.reason}` : ''}`;
    case 'source-gap':
      return `${seconds(event.endMs - event.startMs)} did not come from ${seconds(event.startMs)} on: ${event.reason}`;
    case 'leg':
      return describeLeg(event);
    case 'turn':
      return `call ${event.callId}: ${describeTurn(event)} from ${seconds(event.startMs)} to ${seconds(event.endMs)}`;
    case 'call-summary':
      return `call ${event.callId} over after ${seconds(event.durationMs)}, ${seconds(event.silenceMs)} of silence, ${event.overlaps} overlaps`;
  }
}

function describeRtp({ state, address, port, quietMs = 0 }: RtpEvent): string {
  if (state === 'stalled' || state === 'resumed') return `RTP ${state} after ${seconds(quietMs)} of nothing`;
  return `RTP ${state}${address === undefined ? '' : `: from ${address}, port ${port}`}`;
}

function describeLeg({ callId, leg, state, failed }: LegEvent): string {
  return `leg ${leg} of call ${callId} ${state === 'failed' ? `failed in its ${failed}` : state}`;
}

function describeTurn(event: TurnEvent): string {
  switch (event.kind) {
    case 'turn':
      return `turn of ${event.leg}`;
    case 'response-gap':
      return `${event.leg} answered ${event.to} after a gap`;
    case 'overlap':
      return `${event.legs.join(' and ')} spoke at once`;
    case 'interruption':
      return `${event.leg} interrupted ${event.interrupted}`;
    case 'silence':
      return 'silence';
  }
}

function describeStep({ state, epoch, endpoint, attempt, delayMs = 0, cause, replayMs = 0 }: SessionEvent): string {
  switch (state) {
    case 'reconnecting':
      return `stream ${epoch} to ${endpoint} failed (${cause}); attempt ${attempt} in ${seconds(delayMs)}`;
    case 'replayed':
      return `stream ${epoch} to ${endpoint} begins with ${seconds(replayMs)} of audio again`;
    case 'closed':
      return cause === undefined ? `session with ${endpoint} closed` : `session with ${endpoint} failed (${cause})`;
    default:
      return `stream ${epoch} to ${endpoint} ${state}`;
  }
}

function describeStatistics({ final, sentMs, results, reconnects }: StatisticsEvent): string {
  const counts = `${results.utterance} utterances, ${results.segment} segments, ${reconnects} reconnects`;
  return `${seconds(sentMs)} of audio sent${final ? '' : ' so far'}: ${counts}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
