import type { Logger } from '@errand/core';
import { pino } from 'pino';

/** How much is told; each level with those that weigh more. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Tells on stderr, each time in one line of JSON. The console lets a reader of stderr go. */
export function jsonLogger(level: LogLevel): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => console.error(line.trimEnd()) },
  );
}
