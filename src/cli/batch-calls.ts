import type { BatchApi, BatchClient, BatchProcess, BatchResults, BatchResultsJson, ListOptions } from '../batch/index.js';

/** What can be asked of recordings, and in the same way of videos. */
export interface BatchCalls extends Pick<BatchApi, 'submit' | 'status' | 'results' | 'rawResults' | 'list'> {}

/** The calls for videos: whether they are genuine is all that can be asked, of their sound and of their picture. */
export function videoCalls({ deepfakes }: BatchClient): BatchCalls {
  return {
    submit: (input, options): Promise<BatchProcess> => deepfakes.submitVideo(input, options),
    status: (pid): Promise<BatchProcess> => deepfakes.videoStatus(pid),
    rawResults: (pid): Promise<BatchResultsJson> => deepfakes.rawVideoResults(pid),
    list: (options: ListOptions): AsyncIterable<BatchProcess> => deepfakes.listVideos(options),
    // Their tasks tell them apart: `deepfake` is what is heard, `visual_deepfake` what is seen.
    results: async (pid): Promise<BatchResults> => {
      const { audio, video, ...of } = await deepfakes.videoResults(pid);
      return { ...of, predictions: [...audio, ...video], turns: [] };
    },
  };
}
