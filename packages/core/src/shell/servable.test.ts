import { expect, test } from 'vitest';
import { isServable } from './servable.ts';

const request = (command: string) => ({
  executionId: 'a-1',
  marker: 'm',
  nonce: 'n',
  command,
  env: {},
  shell: '/bin/sh',
  limits: {},
  mergeStderr: false,
  stdin: false,
  killGraceMs: 500,
});

test.each(['set -m', 'set -em; :', 'set -o monitor', 'x; set +o monitor;', 'echo $$', '. ./file', 'eval "$a"', 'echo $PPID'])(
  'no warm shell serves %j',
  (script) => {
    expect(isServable(request(script))).toBe(false);
  },
);

test.each(['echo on', 'set -e; false', 'set -o pipefail; a | b', 'echo monitor'])('a warm shell serves %j', (script) => {
  expect(isServable(request(script))).toBe(true);
});
