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

/** Gives a reporter of the SDK's faults to a logger. What a parser or a schema says is left out: it quotes what was sent, over many lines. */
export function faultReporter(logger: Logger): (error: Error) => void {
  return (error) => {
    logger.warn({ fault: describe(error).slice(0, 300) }, 'MCP request failed');
  };
}

function describe(error: Error): string {
  if (error instanceof SyntaxError) return 'what a client sent is not JSON';
  // By its shape: the SDK brings a Zod of its own.
  return 'issues' in error ? 'what a client sent is no JSON-RPC message' : error.message.replace(/\s+/g, ' ');
}
