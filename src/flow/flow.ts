/** Gives a hold back; calling it again does nothing. */
export type Release = () => void;

/**
 * The way back from a consumer to the nearest asynchronous boundary above it.
 *
 * Every chunk carries one. While any hold is open, the boundary emits nothing and pauses what feeds it, so that memory stays
 * bounded however much slower the consumer is.
 */
export interface Flow {
  /**
   * Asks the boundary to stop emitting until the returned release is called.
   *
   * Holds are counted: the boundary resumes when the last one is given back. On a flow that has ended this does nothing.
   */
  hold(): Release;
}
