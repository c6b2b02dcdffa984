/** Calls back for every complete gRPC message of a connection, with the HTTP/2 stream it is on. */
export class Http2Messages {
  constructor(from: 'client' | 'server', onMessage: (stream: number, message: Buffer) => void);
  push(bytes: Buffer): void;
}
