import type { Logger } from '@errand/core';

/** Writes warnings and errors to stderr, a line each: stdout may be the protocol's. */
export const stderrLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (fields, message) => write('warning', fields, message),
  error: (fields, message) => write('error', fields, message),
};

function write(level: string, fields: object, message: string): void {
  process.stderr.write(`errand: ${level}: ${message} ${JSON.stringify(fields)}\n`);
}

/** Gives a reporter of the SDK's faults to a logger. A parser's message is left out: it quotes what it could not parse. */
export function faultReporter(logger: Logger): (error: Error) => void {
  return (error) => {
    const fault = error instanceof SyntaxError ? 'what a client sent is not JSON' : error.message;
    logger.warn({ fault: fault.slice(0, 300) }, 'MCP request failed');
  };
}
