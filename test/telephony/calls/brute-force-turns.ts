/** Milliseconds of one character. */
const TICK = 10;

interface Rules {
  minSpeechMs: number;
  bridgeMs: number;
  minInterruptionMs: number;
  minSilenceMs: number;
}

/** Stretches of equal values, with their places. */
function runs<T>(values: readonly T[]): { value: T; from: number; to: number }[] {
  const found: { value: T; from: number; to: number }[] = [];
  values.forEach((value, index) => {
    const last = found.at(-1);
    if (last && last.value === value) last.to = index + 1;
    else found.push({ value, from: index, to: index + 1 });
  });
  return found;
}

/** Short speech goes, then short silence between speech. */
function cleaned(row: string, { minSpeechMs, bridgeMs }: Rules): boolean[] {
  const speech = [...row].map((mark) => mark === 'x');
  for (const { value, from, to } of runs(speech)) if (value && (to - from) * TICK < minSpeechMs) speech.fill(false, from, to);
  const spoken = runs([...speech]);
  for (const [index, { value, from, to }] of spoken.entries()) {
    const isBetween = index > 0 && index < spoken.length - 1;
    if (!value && isBetween && (to - from) * TICK < bridgeMs) speech.fill(true, from, to);
  }
  return speech;
}

/** The definitions of turn-taking, tick by tick over the whole call, with everything known beforehand. */
export function turnsByBruteForce(rows: readonly string[], rules: Rules) {
  const speech = rows.map((row) => cleaned(row, rules));
  const length = Math.max(0, ...rows.map((row) => row.length));
  const who = Array.from({ length }, (_, tick) => rows.flatMap((_, leg) => (speech[leg]![tick] ? [leg] : [])));
  const name = (leg: number) => `leg${leg}`;
  const floor: (number | undefined)[] = [];
  for (const speaking of who) floor.push(speaking.length === 1 ? speaking[0] : floor.at(-1));

  const events: object[] = [];
  const event = (kind: string, from: number, to: number, more: object = {}) =>
    events.push({ type: 'turn', kind, callId: 'c', startMs: from * TICK, endMs: to * TICK, ...more });
  const counts = runs(who.map((speaking) => Math.min(speaking.length, 2)));
  for (const { value, from, to } of counts) {
    if (value === 0 && (to - from) * TICK >= rules.minSilenceMs) event('silence', from, to);
    if (value !== 2) continue;
    // In the order in which they joined in; who began at the same moment, in the order of the legs.
    const legs = [...new Set([...(who[from - 1] ?? []), ...who.slice(from, to).flat()])].map(name);
    event('overlap', from, to, { legs });
  }
  for (const { value: leg, from, to } of runs(floor)) {
    if (leg === undefined) continue;
    const mine = who.slice(from, to).map((speaking) => speaking.includes(leg));
    const last = from + mine.lastIndexOf(true) + 1;
    event('turn', from, last, { leg: name(leg), talkMs: mine.filter(Boolean).length * TICK });
    const previous = floor[from - 1];
    if (previous === undefined) continue;
    const before = counts.find((run) => run.to === from);
    if (before?.value === 2) {
      const wasSpeaking = who[before.from - 1]?.includes(previous) ?? false;
      const isLong = (from - before.from) * TICK >= rules.minInterruptionMs;
      if (wasSpeaking && isLong) event('interruption', before.from, from, { leg: name(leg), interrupted: name(previous) });
    } else {
      const since = before?.value === 0 ? before.from : from;
      event('response-gap', since, from, { leg: name(leg), to: name(previous), gapMs: (from - since) * TICK });
    }
  }
  const ticks = (wanted: (speaking: number[]) => boolean) => who.filter(wanted).length * TICK;
  return {
    events,
    totals: {
      silenceMs: ticks((speaking) => speaking.length === 0),
      overlapMs: ticks((speaking) => speaking.length > 1),
      overlaps: counts.filter(({ value }) => value === 2).length,
      durationMs: length * TICK,
    },
    talkMs: rows.map((_, leg) => speech[leg]!.filter(Boolean).length * TICK),
  };
}
