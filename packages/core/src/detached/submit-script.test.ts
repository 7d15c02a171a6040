import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { processRequest } from '../testing/tools/process-request.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';
import { SPOOL_SCRIPT } from './spool-script.ts';
import { submitSource } from './submit-script.ts';

const state = mkdtempSync(join(tmpdir(), 'errand-submit-'));

afterAll(() => rmSync(state, { recursive: true }));

const SUBMIT = submitSource({
  request: processRequest('echo on', { nonce: 'mine', stdin: true }),
  name: 'waited',
  print: 'same',
  meta: '{}',
  stdin: new Uint8Array(0),
  timeoutMs: undefined,
  maxSpoolBytes: 1,
  keepMs: 1,
  endsDaemons: false,
});

/** Another one submitted the same, and does not come to start it. No nap takes long. */
const BEGIN = `exec 2>/dev/null
${SPOOL_SCRIPT}
d=$root/waited
rm -rf "$root"
mkdir -p "$d"
echo "same 1 0 $boot" >"$d/print"
nap() { :; }
asked=0
`;

describe.each(POSIX_SHELLS)('who submits what another one is starting, in $name', ({ command }) => {
  const [file = '', ...options] = command.split(' ');
  /** @param guarded What finds nobody who guards it. */
  const said = (guarded: string): string => {
    const input = `${BEGIN}guarded() { asked=$((asked + 1)); ${guarded}; return 1; }\n${SUBMIT}\nread -r line <"$d/print"; echo "$asked \${line%% *}"\n`;
    return spawnSync(file, options, { input, env: { ...process.env, XDG_STATE_HOME: state } }).stdout.toString();
  };

  test('is told of it when it was lost meanwhile', () => {
    expect(said('echo "$asked"')).toBe('1\nmine known\n');
  });

  test('starts it when it was refused at the moment of the look', () => {
    expect(said('mv "$d" "$d.gone"')).toBe('1 same\n');
  });

  test('waits for the next one as long when that came in its place', () => {
    const next = 'if [ $asked -gt 1 ]; then echo 7 >"$d/main"; else mv "$d" "$d.gone"; mkdir "$d"; echo "same 2 0 $boot" >"$d/print"; fi';
    expect(said(`echo "$asked"; ${next}`)).toBe('1\n2\nmine known\n');
  });
});
