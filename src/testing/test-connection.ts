import type { LocalConnection } from '../service/index.js';

/** How to stream to a service of this module: options for `behavioralSignals()`. */
export interface TestConnection extends LocalConnection {
  /** Only of a service with TLS and certificates of its own making. */
  readonly tls?: {
    /** The authority to trust, PEM encoded. */
    readonly ca: string;
  };
}

/** The credentials that scripted and replayed services are given; they accept any. */
export const TEST_CREDENTIALS = { cid: '10000000', apiKey: 'test-token' } as const;
