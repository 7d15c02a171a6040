import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ExecResult } from '../../result.ts';

/** A command that notes its start in `file`, prints on both streams, and fails with 3 without ending the shell that runs it. */
export function shortExchange(file: string): string {
  return `echo ran >>${file}; echo out; echo err >&2; (exit 3)`;
}

/** How often it started. */
function startsIn(file: string): number {
  try {
    return readFileSync(file, 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
}

/** How it ended in one word, once it was seen that nothing ran twice, and that what was told of it is right. */
export async function judged(result: Promise<ExecResult>, file: string, what: string): Promise<string> {
  const said = await result.then(
    ({ outcome, exitCode, stdout, stderr }) => {
      // Whatever came is the beginning of what was printed.
      assert.ok('out\n'.startsWith(stdout.text), stdout.text);
      assert.ok('err\n'.startsWith(stderr.text), stderr.text);
      return `${outcome} ${exitCode ?? ''} ${stdout.text}${stderr.text}`;
    },
    (error) => `rejected ${error.code}`,
  );
  const ran = startsIn(file);
  assert.ok(ran <= 1, `${what} ran ${ran} times: ${said}`);
  if (said.startsWith('rejected')) assert.equal(ran, 0, `${what}: ${said}`);
  else if (!said.startsWith('unknown')) assert.equal(`${said} ${ran}`, 'exited 3 out\nerr\n 1', what);
  return said.split(' ')[0] ?? '';
}
