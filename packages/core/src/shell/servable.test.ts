import { expect, test } from 'vitest';
import { processRequest } from '../testing/tools/process-request.ts';
import { isServable } from './servable.ts';

test.each([
  'set -m',
  'set -em; :',
  'set -o monitor',
  'x; set +o monitor;',
  'echo $$',
  '. ./file',
  'eval "$a"',
  'echo $PPID',
  'exec > >(tee log)',
])('no warm shell serves %j', (script) => {
  expect(isServable(processRequest(script))).toBe(false);
});

test.each(['echo on', 'set -e; false', 'set -o pipefail; a | b', 'echo monitor'])('a warm shell serves %j', (script) => {
  expect(isServable(processRequest(script))).toBe(true);
});
