/** For targets that only keep a log of what a command writes: both of its streams in it, and how it ended. */
export { type LogPlaces, logFiles } from './log-files.ts';
export { type LogEvents, LogReader, type StreamName } from './log-reader.ts';
export { LOG_SCRIPT } from './log-script.ts';
export type { LogEnd } from './log-stream.ts';
