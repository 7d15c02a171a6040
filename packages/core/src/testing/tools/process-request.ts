import { randomBytes } from 'node:crypto';
import type { ProcessRequest } from '../../driver.ts';

/** One command as a driver is asked for it, with an id and nonce of its own; `marker` is the executor's. */
export function processRequest(
  command: ProcessRequest['command'],
  { marker = randomBytes(16).toString('hex'), ...more }: Partial<ProcessRequest> = {},
): ProcessRequest {
  const suffix = randomBytes(8).toString('hex');
  return {
    executionId: `test-${suffix}`,
    marker: `${marker}.${suffix}`,
    nonce: randomBytes(16).toString('hex'),
    command,
    env: {},
    shell: '/bin/sh',
    limits: {},
    mergeStderr: false,
    stdin: false,
    killGraceMs: 500,
    ...more,
  };
}
