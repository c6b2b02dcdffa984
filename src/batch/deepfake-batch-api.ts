import { expectOptions } from '../errors/index.js';
import { BatchApi } from './batch-api.js';
import type { BatchCollection, RequestOptions } from './batch-collection.js';
import type { BatchProcess } from './batch-process.js';
import { type BatchResultsJson, parseVideoResults, type VideoResults } from './batch-results.js';
import type { ListOptions } from './list-processes.js';
import { SUBMIT_NAMES, type SubmitOptions, UPLOAD_NAMES, type UploadOptions } from './submit-options.js';
import type { BatchInput } from './upload-source.js';

/** The batch API for deepfakes: of recordings, as {@link BatchApi}, and of videos, whose processes are apart. */
export class DeepfakeBatchApi extends BatchApi {
  readonly #videos: BatchCollection;

  /** Made by `createBatchClient()`. */
  constructor(recordings: BatchCollection, videos: BatchCollection) {
    super(recordings);
    this.#videos = videos;
  }

  /** Submits a video; as `submit()`. */
  submitVideo(input: BatchInput, options: UploadOptions = {}): Promise<BatchProcess> {
    expectOptions('submitVideo', options, UPLOAD_NAMES);
    return this.#videos.upload('submitVideo', input, options);
  }

  /** Submits a video that the service fetches itself; as `submitPresignedUrl()`. */
  submitPresignedVideoUrl(url: string | URL, options: SubmitOptions = {}): Promise<BatchProcess> {
    expectOptions('submitPresignedVideoUrl', options, SUBMIT_NAMES);
    return this.#videos.submitUrl('submitPresignedVideoUrl', url, options);
  }

  /** Lists the project's processes of videos; as `list()`. */
  listVideos(options: ListOptions = {}): AsyncIterable<BatchProcess> {
    return this.#videos.list(options);
  }

  /** Asks where the process of a video is. */
  videoStatus(pid: string | number, options: RequestOptions = {}): Promise<BatchProcess> {
    return this.#videos.status('videoStatus', pid, options);
  }

  /** Fetches the results of a completed process of a video, as typed predictions: of its sound, and of its picture. */
  async videoResults(pid: string | number, options: RequestOptions = {}): Promise<VideoResults> {
    const { json, engine } = await this.#videos.results('videoResults', pid, options);
    return parseVideoResults(json, String(pid), engine);
  }

  /** Fetches the results of a completed process of a video in the service's own JSON. */
  async rawVideoResults(pid: string | number, options: RequestOptions = {}): Promise<BatchResultsJson> {
    return (await this.#videos.results('rawVideoResults', pid, options)).json;
  }
}
