import pc from 'picocolors';

/** Functions that colour text. */
export type Colours = ReturnType<typeof pc.createColors>;

/** Colours that leave text as it is. */
export const noColours: Colours = pc.createColors(false);

/** Colours for standard output, if that is a terminal which shows them and NO_COLOR is not set. They never carry meaning alone. */
export function terminalColours(): Colours {
  return pc.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb');
}
