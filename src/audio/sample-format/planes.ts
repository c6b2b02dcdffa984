/** Gives memory for planar samples: one array per channel, of so many samples each. */
export type PlaneAllocator = (channels: number, length: number) => Float32Array[];

/** Memory of its own for every piece. */
export const ownPlanes: PlaneAllocator = (channels, length) => {
  const planes: Float32Array[] = [];
  for (let channel = 0; channel < channels; channel += 1) planes.push(new Float32Array(length));
  return planes;
};

/**
 * Memory that is used again for the next piece, for whoever is done with a piece by then.
 *
 * Memory of its own costs a small piece of live audio more than decoding it, and a long file much garbage collection.
 */
export function reusedPlanes(): PlaneAllocator {
  let memory = new Float32Array(0);
  let planes: Float32Array[] = [];
  return (channels, length) => {
    if (planes.length === channels && planes[0]?.length === length) return planes;
    if (memory.length < channels * length) memory = new Float32Array(channels * length);
    planes = [];
    for (let channel = 0; channel < channels; channel += 1) {
      planes.push(memory.subarray(channel * length, (channel + 1) * length));
    }
    return planes;
  };
}
