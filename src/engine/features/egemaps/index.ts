export { FUNCTIONAL_NAMES } from './functional-names.js';
export { Functionals } from './functionals.js';
export { FunctionalsMeter } from './functionals-meter.js';
