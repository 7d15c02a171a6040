import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';
import { SPOOL_SCRIPT } from './spool-script.ts';

const state = mkdtempSync(join(tmpdir(), 'errand-spool-'));

afterAll(() => rmSync(state, { recursive: true }));

/** A directory whose guardian refused the command, so that `guarded` may find all that is not there any more. */
const BEGIN = `${SPOOL_SCRIPT}
d=$root/replaced
rm -rf "$root"
mkdir -p "$d"
echo "first 1 0 $boot" >"$d/print"
`;

describe.each(POSIX_SHELLS)('whether an execution is settled, in $name', ({ command }) => {
  const [file = '', ...options] = command.split(' ');
  const said = (script: string): string => {
    const { stdout } = spawnSync(file, options, { input: `${BEGIN}${script}`, env: { ...process.env, XDG_STATE_HOME: state } });
    return stdout.toString();
  };

  test('what nobody has reaped does not live', () => {
    const script = `
      sh -c 'sleep 0.2 & echo $! >"$0"; exec sleep 9' "$root/pid" &
      until [ -s "$root/pid" ]; do nap 0.02; done
      read -r pid <"$root/pid"
      until birth_of "$pid" && [ "$state" = Z ]; do nap 0.02; done
      if lives "$pid" "$birth" "$boot"; then echo lives; else echo over; fi
      kill $!
      birth_of $$
      if lives $$ "$birth" "$boot"; then echo lives; fi`;
    expect(said(script)).toBe('over\nlives\n');
  });

  test('it is lost when its guardian is gone without a word', () => {
    expect(said(`guarded() { return 1; }; settled "$d" && cat "$d/status"`)).toBe('lost 0 0 0 0 0 0 0\n');
  });

  test.each([
    ['has said nothing yet', ':', '0'],
    ['runs', 'echo "second $$ 0 $boot" >"$d/print"', '1'],
  ])('nothing is said of the next submission of it, which came in between and %s', (_title, becomes, settled) => {
    // In its own directory, the next one is found to be guarded.
    const guarded = `guarded() { [ "$1" != . ] || return 0; mv "$1" "$1.gone"; mkdir "$1"; ${becomes}; return 1; }`;
    expect(said(`${guarded}\nsettled "$d"; echo $?; ls "$d"`)).toBe(`${settled}\n${settled === '1' ? 'print\n' : ''}`);
  });
});
