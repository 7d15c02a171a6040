/** For backends: waiting for a signal, for a turn, for a reader, or for a question that somebody asks already; and streams that wait for both their ends. */
export { orAborted } from '../or-aborted.ts';
export { AtMost } from './at-most.ts';
export { connectionInput } from './connection-input.ts';
export { ConnectionOutputs, type OutputName } from './connection-outputs.ts';
export { OutputStream } from './output-stream.ts';
export { SharedLook } from './shared-look.ts';
