/**
 * A task's documented labels, open to further ones: the service adds labels without notice.
 *
 * Editors still offer the documented labels, and comparisons with them compile, as does any other text.
 */
export type OpenLabel<Documented extends string> = Documented | (string & {});

/** Perceived gender of the voice. */
export type GenderLabel = OpenLabel<'male' | 'female'>;
/** Acoustic age of the voice, in years. */
export type AgeLabel = OpenLabel<'18 - 22' | '23 - 30' | '31 - 45' | '46 - 65'>;
/** Perceived emotion. */
export type EmotionLabel = OpenLabel<'neutral' | 'sad' | 'happy' | 'angry'>;
/** Perceived positivity (valence). */
export type PositivityLabel = OpenLabel<'negative' | 'neutral' | 'positive'>;
/** Perceived strength (arousal). */
export type StrengthLabel = OpenLabel<'weak' | 'neutral' | 'strong'>;
/** Speaking rate. */
export type SpeakingRateLabel = OpenLabel<'very slow' | 'slow' | 'normal' | 'fast' | 'very fast'>;
/** Whether the speaker hesitates. */
export type HesitationLabel = OpenLabel<'no' | 'yes'>;
/** Perceived engagement. */
export type EngagementLabel = OpenLabel<'withdrawn' | 'neutral' | 'engaged'>;
/** Perceived politeness; an older task whose labels are not confirmed. */
export type PolitenessLabel = OpenLabel<'rude' | 'normal' | 'polite'>;
/** Whether speech (or a face) is genuine or synthetic. */
export type DeepfakeLabel = OpenLabel<'bonafide' | 'spoofed'>;
/** Which generator made synthetic speech; experimental. */
export type GeneratorLabel = OpenLabel<'elevenlabs' | 'playht' | 'speechify' | 'xtts-v2' | 'others'>;
