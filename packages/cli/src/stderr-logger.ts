import type { Logger } from '@errand/core';

/** Tells on stderr, a line each. The console lets a reader of stderr go. */
export const stderrLogger: Logger = {
  debug: () => {},
  info: (_fields, message) => console.error(`errand: ${message}`),
  warn: (_fields, message) => console.error(`errand: warning: ${message}`),
  error: (_fields, message) => console.error(`errand: ${message}`),
};
