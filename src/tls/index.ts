export { expectTlsOptions, type TlsOptions } from './tls-options.js';
