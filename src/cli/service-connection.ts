import type { StreamingOptions } from '../index.js';
import { resolveCredentials } from './credentials.js';
import { keepSecret } from './printable.js';

/** What the user said about where to stream to. */
export interface ConnectionChoice {
  /** Whether to start a local service in this process. */
  readonly local?: boolean | undefined;
  readonly endpoint?: string | undefined;
  /** A file with credentials, instead of the environment. */
  readonly credentials?: string | undefined;
}

/** Where to stream to, with credentials, and how to leave it. */
export interface ServiceConnection {
  readonly streaming: Pick<StreamingOptions, 'endpoint' | 'cid' | 'apiKey' | 'allowInsecure'>;
  /** The place in words. */
  readonly place: string;
  /** Known before anything was answered only for a local service. */
  readonly engine: 'local' | undefined;
  close(): Promise<void>;
}

/**
 * Finds the service to stream to: one started in this process (loaded only then), or a remote one with the user's credentials.
 *
 * @throws AuthenticationError `MISSING_CREDENTIALS`, ServiceError.
 */
export async function connectService({ local, endpoint, credentials }: ConnectionChoice): Promise<ServiceConnection> {
  if (local) {
    const { startLocalService } = await import('../service/index.js');
    const service = await startLocalService({ port: 0 });
    keepSecret(service.connection.apiKey);
    return { streaming: service.connection, place: 'the local service', engine: 'local', close: () => service.close() };
  }
  const { cid, apiKey } = await resolveCredentials(credentials);
  return {
    streaming: { cid, apiKey, ...(endpoint !== undefined && { endpoint }) },
    place: endpoint ?? (process.env.BEHAVIORALSIGNALS_ENDPOINT || 'the Behavioral Signals API'),
    engine: undefined,
    close: async () => {},
  };
}
