// @ts-check
// The library's local service with its real engine, in a process of its own.
import { startLocalService } from 'behavioral-signals-rx/service';
import { answerParent } from '../measuring/answer-parent.mjs';
import { API_KEY, FIRST_CID } from './wire.mjs';

answerParent({
  /** Listens on a free port, for as many projects as there are streams. */
  listen: async (/** @type {{ streams: number }} */ { streams }) => {
    const projects = Array.from({ length: streams }, (_, index) => ({ cid: FIRST_CID + index, apiKey: API_KEY }));
    const { port, engine } = await startLocalService({ projects });
    return { port, engine };
  },
});
