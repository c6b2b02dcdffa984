/** Whether a text has what OpenSSL says of a server that answers in plaintext where TLS was asked for. */
export function answersWithoutTls(text: string): boolean {
  return /wrong version number|packet length too long/i.test(text);
}
