import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSkipped, programPath } from '../servers/programs.ts';
import { ERRAND, errand } from './cli/errand.ts';
import { type InTerminal, startProgramInTerminal } from './cli/pty.ts';
import { temporaryDirectory } from './mcp/processes.ts';

/** How each shell is started without anybody's settings, and how it is told to complete, and to say what it would have run. */
const SHELLS: Readonly<Record<string, { readonly args: readonly string[]; readonly begin: string; readonly say: string }>> = {
  bash: {
    args: ['--norc', '-i'],
    begin: 'source <(errand completion bash)',
    say: `errand() { printf '<%s>\\n' "$*"; }`,
  },
  zsh: {
    args: ['-f', '-i'],
    begin: 'autoload -Uz compinit; compinit -u -D; source <(errand completion zsh)',
    say: 'errand() { print -r -- "<$*>" }',
  },
  fish: {
    args: ['--no-config', '-i'],
    begin: 'errand completion fish | source',
    say: 'function errand; echo "<$argv>"; end',
  },
};

/** What is typed, with tabs, and what comes of it. */
const TYPED: readonly (readonly [string, string])[] = [
  ['errand serv\t--log-l\tde\t', 'serve --log-level debug'],
  ['errand token cr\t--exp\t', 'token create --expires'],
  ['errand run --target al\t', 'run --target alpha'],
  ['errand run --timeout 5m cat only-f\t', 'run --timeout 5m cat only-file.yaml'],
  ['errand validate --config only-f\t', 'validate --config only-file.yaml'],
];

describe.each(Object.entries(SHELLS))('errand completion %s', (shell, { args, begin, say }) => {
  const path = programPath(shell);
  describe.skipIf(isSkipped(path, `completion in ${shell}`, shell))('in that shell', () => {
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
    let terminal: InTerminal;

    beforeAll(async () => {
      directory = await temporaryDirectory();
      const program = `#!/bin/sh\nexec ${ERRAND.map((word) => `'${word}'`).join(' ')} "$@"\n`;
      await writeFile(join(directory.path, 'errand'), program, { mode: 0o755 });
      await writeFile(join(directory.path, 'errand.yaml'), 'version: 1\ntargets: { alpha: { kind: local }, beta: { kind: local } }\n');
      await writeFile(join(directory.path, 'only-file.yaml'), '');
      const env = { HOME: directory.path, XDG_STATE_HOME: directory.path, XDG_DATA_HOME: directory.path, TERM: 'dumb' };
      terminal = startProgramInTerminal([path ?? shell, ...args], {
        ...env,
        PATH: `${directory.path}${delimiter}${process.env['PATH'] ?? ''}`,
      });
      terminal.write(`cd ${directory.path}\r`);
      terminal.write(`${begin}\r`);
      terminal.write(`${say}\r`);
      terminal.write(`echo rea''dy\r`);
      await terminal.until(/ready/);
    });
    afterAll(async () => await directory?.[Symbol.asyncDispose]());

    test.each(TYPED)('%j', async (typed, line) => {
      terminal.write(typed);
      // What follows a tab is read when the completion is there.
      terminal.write('\r');
      await terminal.until(new RegExp(`<${line.replaceAll('.', '\\.')} ?>`));
    });
  });
});

test('another shell is refused with those that there are', async () => {
  const { code, stderr } = await errand(['completion', 'tcsh']);
  expect([code, stderr]).toEqual([125, expect.stringContaining('Allowed choices are bash, zsh, fish.')]);
});
