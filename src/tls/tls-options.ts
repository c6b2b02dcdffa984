import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { expectOptions, OptionError, type OptionNames } from '../errors/index.js';

/** Certificates for a TLS connection, PEM encoded. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of the system's. */
  ca?: string | Buffer | undefined;
  /** The client's certificate chain, for mutual TLS; needs `key`. */
  cert?: string | Buffer | undefined;
  /** The client's private key, for mutual TLS; needs `cert`. */
  key?: string | Buffer | undefined;
  /** The name that the server's certificate must have, when it isn't the endpoint's host. */
  serverName?: string | undefined;
}

const NAMES: OptionNames<TlsOptions> = { ca: true, cert: true, key: true, serverName: true };

/**
 * Checks certificates at once: Node takes an authority that is none for no authority, and the rest is read only on connecting.
 *
 * @throws OptionError.
 */
export function expectTlsOptions(option: string, options: TlsOptions): void {
  const { ca, cert, key, serverName } = options;
  expectOptions((name) => option.replace(/ \}\)$/, `: { ${name} } })`), options, NAMES);
  if ((cert === undefined) !== (key === undefined)) throw new OptionError(option, 'must have cert and key together, or neither');
  if (serverName !== undefined && (typeof serverName !== 'string' || serverName === '')) {
    throw new OptionError(option, 'must have a host name as serverName', serverName);
  }
  try {
    if (ca !== undefined) new X509Certificate(ca);
    if (cert !== undefined && key !== undefined) createSecureContext({ cert, key });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OptionError(option, `must hold certificates and keys as PEM, but one can't be read (${why})`);
  }
}
