import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MAX_ARGUMENT_BYTES } from '../checks/check-command.ts';
import { scriptArgv } from './script-argv.ts';

const SHELLS = [['/bin/dash'], ['/bin/bash'], ['/bin/busybox', 'ash']].filter(([file = '']) => existsSync(file));

function run([file = '', ...first]: readonly string[], script: string): string {
  const [, ...rest] = scriptArgv('/bin/sh', script);
  return execFileSync(file, [...first, ...rest], { encoding: 'utf8', maxBuffer: 8 << 20 });
}

test('a script that fits one argument is handed over as it is', () => {
  const script = `: ${'x'.repeat(MAX_ARGUMENT_BYTES - 2)}`;
  expect(scriptArgv('/bin/sh', script)).toEqual(['/bin/sh', '-c', script]);
  expect(scriptArgv('/bin/sh', `${script}x`).length).toBeGreaterThan(3);
});

test('no part is longer than one argument may be, and no character is cut', () => {
  for (const filler of ['x', 'é', '€', '😀', 'x😀']) {
    const script = filler.repeat(300_000);
    const [, , , , ...parts] = scriptArgv('/bin/sh', script);
    expect(parts.join('')).toBe(script);
    expect(Math.max(...parts.map((part) => Buffer.byteLength(part)))).toBeLessThanOrEqual(MAX_ARGUMENT_BYTES);
    for (const part of parts) expect(part.isWellFormed()).toBe(true);
  }
});

test.each(SHELLS)('%s %s: a long script runs as a short one would: no positional parameters, $0 the shell', (...shell) => {
  const words = 'it\'s "q" $HOME \\ `x` 😀 '.repeat(12_000);
  const script = `#!/bin/sh\nprintf '%s|' "$0" "$#" "$LINENO" "\${1-unset}"\ncat <<'END'\n${words}\nEND\nexit 0; echo no`;
  expect(run(shell, script).replace(/\|\d*\|unset/, '|L|unset')).toBe(`/bin/sh|0|L|unset|${words}\n`);
});

test.each(SHELLS)('%s %s: the last command of a long script decides its exit code', (...shell) => {
  expect(() => run(shell, `# ${'x'.repeat(200_000)}\n(exit 7)`)).toThrow(expect.objectContaining({ status: 7 }));
});
