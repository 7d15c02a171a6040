import { NotStarted } from '@errand/core';
import { expect, test } from 'vitest';
import { invokeFault } from './lambda-errors.ts';

test.each([
  ['ECONNREFUSED', 'connect', true],
  ['ETIMEDOUT', 'connect', true],
  ['ENOTFOUND', 'getaddrinfo', true],
  ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, true],
  ['EHOSTUNREACH', 'read', false],
  ['ENETUNREACH', 'write', false],
  ['ECONNRESET', 'read', false],
])('a command certainly did not start where no connection was made, and may have where one broke: %s %s', (code, syscall, isNotStarted) => {
  const fault = Object.assign(new Error('no way'), { code, syscall });
  expect(invokeFault(fault, 'f') instanceof NotStarted).toBe(isNotStarted);
  const each = Object.assign(new AggregateError([fault, fault], 'neither way'), { code });
  if (syscall) expect(invokeFault(each, 'f') instanceof NotStarted).toBe(isNotStarted);
});
