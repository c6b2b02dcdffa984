import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, boolean, context, contextPrimitive, integer, octets, oid, sequence, set, time, utf8 } from './der.js';

/** What a certificate says. */
export interface CertificateSubject {
  readonly name: string;
  /** DNS names it holds for. */
  readonly dnsNames?: readonly string[];
  /** IPv4 addresses it holds for. */
  readonly addresses?: readonly string[];
  /** Whether it may sign others. Default: false. */
  readonly isAuthority?: boolean;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate with its private key. */
export interface IssuedCertificate {
  readonly name: string;
  /** PEM encoded. */
  readonly cert: string;
  /** PEM encoded. */
  readonly key: string;
  readonly privateKey: KeyObject;
}

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const VERSION_3 = context(0, integer(Buffer.from([2])));

/** Issues an X.509 certificate (RFC 5280) with a new P-256 key, signed by an authority or, without one, by itself. */
export function issueCertificate(subject: CertificateSubject, authority?: IssuedCertificate): IssuedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const content = sequence(
    VERSION_3,
    integer(randomBytes(15)),
    ECDSA_WITH_SHA256,
    distinguishedName(authority?.name ?? subject.name),
    sequence(time(subject.notBefore), time(subject.notAfter)),
    distinguishedName(subject.name),
    publicKey.export({ type: 'spki', format: 'der' }),
    context(3, sequence(...extensions(subject))),
  );
  const signature = sign('sha256', content, authority?.privateKey ?? privateKey);
  const certificate = sequence(content, ECDSA_WITH_SHA256, bits(signature));
  return {
    name: subject.name,
    cert: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
  };
}

function extensions({ dnsNames = [], addresses = [], isAuthority = false }: CertificateSubject): Buffer[] {
  const basicConstraints = sequence(oid('2.5.29.19'), boolean(true), octets(sequence(...(isAuthority ? [boolean(true)] : []))));
  const names = [
    ...dnsNames.map((name) => contextPrimitive(2, Buffer.from(name))),
    ...addresses.map((address) => contextPrimitive(7, Buffer.from(address.split('.').map(Number)))),
  ];
  return names.length === 0 ? [basicConstraints] : [basicConstraints, sequence(oid('2.5.29.17'), octets(sequence(...names)))];
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), utf8(commonName))));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
