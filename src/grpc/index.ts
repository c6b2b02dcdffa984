export { type Budget, type BudgetOptions, budget } from './budget.js';
export { checkEndpoint, type EndpointOptions, type ReachedEndpoint } from './check-endpoint.js';
export { messageOf, rawResultOf } from './raw-result.js';
export { ENGINE_HEADER } from './server-call.js';
export { Session } from './session.js';
export type { SessionObserver } from './session-observer.js';
export { isLoopback, resolveSettings, type SessionSettings } from './session-settings.js';
export type { Analysis, ReconnectOptions, StreamingOptions } from './streaming-options.js';
