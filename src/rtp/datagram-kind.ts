/** What a datagram on a media port is, by its first bytes. */
export type DatagramKind = 'rtp' | 'rtcp' | 'stun' | 'dtls' | 'unknown';

/**
 * Tells the protocols apart that share a port: by the first byte (RFC 7983), and RTCP from RTP by the second (RFC 5761, section 4).
 *
 * It looks at no more than two bytes: what is RTP by them may still be malformed.
 */
export function datagramKind(data: Uint8Array): DatagramKind {
  if (data.length < 2) return 'unknown';
  const first = data[0]!;
  if (first >= 128 && first <= 191) return data[1]! >= 192 && data[1]! <= 223 ? 'rtcp' : 'rtp';
  if (first <= 3) return 'stun';
  if (first >= 20 && first <= 63) return 'dtls';
  return 'unknown';
}
