// @ts-check
// Sends prepared audio to a server with the library, as a user does.
import { behavioralSignals } from 'behavioral-signals-rx';
import { lastValueFrom } from 'rxjs';
import { API_KEY, FIRST_CID } from './wire.mjs';

/**
 * Resolves to the bytes of audio sent, once the server has ended the call.
 *
 * @param {import('rxjs').Observable<any>} audio$ @param {number} port
 */
export async function sendToServer(audio$, port) {
  let bytes = 0;
  const events = {
    next: (/** @type {import('behavioral-signals-rx').StreamEvent} */ event) => {
      if (event.type === 'statistics') bytes = event.sentBytes;
    },
  };
  const options = { endpoint: `http://127.0.0.1:${port}`, cid: FIRST_CID, apiKey: API_KEY, events };
  await lastValueFrom(audio$.pipe(behavioralSignals(options)), { defaultValue: undefined });
  return bytes;
}
