// @ts-check
// An HTTP server that discards what is uploaded, and says that it was accepted.
import { createServer } from 'node:http';
import { answerParent } from '../measuring/answer-parent.mjs';

let accepted = 0;
let lastBytes = 0;
const server = createServer((request, response) => {
  let bytes = 0;
  request.on('data', (chunk) => {
    bytes += chunk.length;
  });
  request.on('end', () => {
    accepted += 1;
    lastBytes = bytes;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ pid: accepted, cid: 1, name: '', status: 0, statusmsg: '', duration: 0, datetime: '', meta: null }),
    );
  });
});

answerParent({
  /** Listens on a free port. */
  listen: () =>
    new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
        resolve({ connection: { baseUrl: `http://127.0.0.1:${port}/v5`, cid: '1', apiKey: 'token-of-the-benchmark' } });
      });
    }),
  /** How many bytes the last upload had. */
  lastBytes: () => lastBytes,
});
