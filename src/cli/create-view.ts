import { jsonView } from './json-view.js';
import { liveView } from './live-view.js';
import { plainView } from './plain-view.js';
import { chooseView, type View, type ViewChoice } from './view.js';

/**
 * The view for standard output.
 *
 * @param shown.raw Whether JSON lines are the service's messages instead of predictions.
 * @param shown.status What happens, in words.
 */
export function createView(choice: ViewChoice, { raw, status }: { raw: boolean; status: string }): View {
  const kind = chooseView({ ...choice, json: choice.json || raw });
  if (kind === 'live') return liveView(status);
  const view = kind === 'json' ? jsonView({ raw }) : plainView();
  view.heading(`streaming ${status}`);
  return view;
}
