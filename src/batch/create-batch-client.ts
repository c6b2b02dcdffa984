import { BatchApi } from './batch-api.js';
import type { BatchClientOptions } from './batch-client-options.js';
import { BatchCollection, type RequestOptions } from './batch-collection.js';
import { BatchConnection } from './batch-connection.js';
import { resolveBatchSettings } from './batch-settings.js';
import { DeepfakeBatchApi } from './deepfake-batch-api.js';

/** A client of the batch API for one project. It keeps nothing open that would keep the process alive. */
export interface BatchClient {
  /** What voices say beside words: emotion, age, engagement and so on. */
  readonly behavior: BatchApi;
  /** Whether voices, and faces in videos, are genuine. */
  readonly deepfakes: DeepfakeBatchApi;
  /**
   * Asks the service whether it takes the credentials.
   *
   * @throws (as rejection) AuthenticationError when it doesn't, BatchApiError when it can't be asked.
   */
  checkCredentials(options?: RequestOptions): Promise<void>;
}

/**
 * Makes a client of the batch API, which analyses whole recordings.
 *
 * @throws OptionError, AuthenticationError `MISSING_CREDENTIALS`, BatchApiError `INSECURE_ENDPOINT`.
 * @example
 * const client = createBatchClient();
 * client.behavior.analyze('call.mp3').subscribe((progress) => console.log(progress.state));
 */
export function createBatchClient(options: BatchClientOptions = {}): BatchClient {
  const settings = resolveBatchSettings(options);
  const connection = new BatchConnection(settings);
  const { cid } = settings;
  const detection = `detection/clients/${cid}`;
  const recordings = (list: string, isForDeepfakes: boolean) =>
    new BatchCollection(connection, { list, upload: `${list}/audio`, presignedUrl: `${list}/s3-presigned-url` }, isForDeepfakes);
  const videoPaths = {
    list: `${detection}/processes/video`,
    upload: `${detection}/processes/video`,
    presignedUrl: `${detection}/processes/s3-presigned-video-url`,
  };
  const videos = new BatchCollection(connection, videoPaths, true);
  return {
    behavior: new BatchApi(recordings(`clients/${cid}/processes`, false)),
    deepfakes: new DeepfakeBatchApi(recordings(`${detection}/processes`, true), videos),
    checkCredentials: async ({ signal } = {}) => {
      await connection.ask('auth', { headers: { 'x-auth-client': cid }, signal });
    },
  };
}
