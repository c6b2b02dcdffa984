import { type CertificateSubject, type IssuedCertificate, issueCertificate } from './certificate.js';

/** A certificate and its private key, PEM encoded. */
export interface TestCertificate {
  /** The certificate. */
  readonly cert: string;
  /** Its private key. */
  readonly key: string;
}

/** Certificates for `localhost` and 127.0.0.1, right and wrong ones. */
export interface TestCertificates {
  /** The authority that clients must trust, PEM encoded. */
  readonly ca: string;
  /** What a good server shows. */
  readonly server: TestCertificate;
  /** What a client can show to a server that trusts `ca`. */
  readonly client: TestCertificate;
  /** Ran out yesterday. */
  readonly expired: TestCertificate;
  /** Holds for `elsewhere.example`. */
  readonly wrongName: TestCertificate;
  /** Signed by an authority that nobody trusts. */
  readonly unknownCa: TestCertificate;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const here = { dnsNames: ['localhost'], addresses: ['127.0.0.1'] };

/** Makes new certificates for tests, valid from yesterday until in 30 days; the keys exist nowhere else. */
export function createTestCertificates(): TestCertificates {
  const now = Date.now();
  const valid = { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + 30 * DAY_MS) };
  const authority = issueCertificate({ name: 'behavioral-signals-rx test CA', isAuthority: true, ...valid });
  const stranger = issueCertificate({ name: 'another test CA', isAuthority: true, ...valid });
  const issue = (subject: Partial<CertificateSubject>, by: IssuedCertificate = authority): TestCertificate => {
    const { cert, key } = issueCertificate({ name: 'localhost', ...valid, ...subject }, by);
    return { cert, key };
  };
  return {
    ca: authority.cert,
    server: issue(here),
    client: issue({ name: 'test client' }),
    expired: issue({ ...here, notBefore: new Date(now - 3 * DAY_MS), notAfter: new Date(now - DAY_MS) }),
    wrongName: issue({ name: 'elsewhere.example', dnsNames: ['elsewhere.example'] }),
    unknownCa: issue(here, stranger),
  };
}
