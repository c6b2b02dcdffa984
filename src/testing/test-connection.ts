import type { LocalConnection } from '../service/index.js';

/** How to stream to a service of this module: options for `behavioralSignals()`. */
export interface TestConnection extends LocalConnection {
  /** With TLS: the authority to trust, PEM encoded. */
  readonly tls?: { readonly ca: string };
}

/** The credentials that scripted and replayed services are given; they accept any. */
export const TEST_CREDENTIALS = { cid: '10000000', apiKey: 'test-token' } as const;
