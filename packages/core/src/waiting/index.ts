/** For backends: waiting that is given up with a signal. */
export { orAborted } from '../or-aborted.ts';
