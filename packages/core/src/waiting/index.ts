/** For backends: waiting for a signal, for a reader, or for a question that somebody asks already. */
export { orAborted } from '../or-aborted.ts';
export { OutputStream } from './output-stream.ts';
export { SharedLook } from './shared-look.ts';
