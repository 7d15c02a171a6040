import { NotStarted } from '@errand/core';
import { expect, test } from 'vitest';
import { initFault } from './completion-fault.ts';

test.each([
  ['Runtime.ImportModuleError', true],
  ['Runtime.InvalidEntrypoint', true],
  ['Extension.InitError', true],
  ['Extension.LaunchError', true],
  // Of an extension while the handler ran, whose first word was not sent yet.
  ['Extension.Crash', false],
  ['Extension.ExitError', false],
  ['Runtime.ExitError', false],
  // Of a handler of one's own that throws it.
  ['InitialisedTwice', false],
])('the handler was certainly not called, or may have been, before its first word: %s', (errorCode, isNotStarted) => {
  const fault = initFault({ errorCode, errorDetails: undefined, log: '' }, 'f');
  expect(fault instanceof NotStarted).toBe(isNotStarted);
});
