import assert from 'node:assert/strict';
import type { Concern, Kit } from '../case.ts';
import { sha256 } from '../tools/pattern.ts';
import { refusedOption } from '../tools/refused.ts';

/** Words that some shell, quoting or transport spoils. */
const AWKWARD: readonly string[] = [
  '',
  ' ',
  '  two  spaces  ',
  'tab\there',
  'line\nbreak',
  'trailing newline\n',
  '\n',
  'carriage\rreturn',
  "it's",
  'say "hi"',
  "'\\''",
  '\\',
  '\\\\',
  '\\n',
  'end\\',
  '$HOME',
  '${HOME}',
  '$(echo no)',
  '`echo no`',
  '$$',
  '!',
  '!!',
  '*',
  '?',
  '[a-z]*',
  '{a,b}',
  '~',
  '~root',
  '#comment',
  'a;b',
  'a&b',
  'a|b',
  '>out',
  '<in',
  '(',
  ')',
  '=',
  'A=B',
  '-',
  '--',
  '-n',
  '-e',
  '--help',
  '-c',
  '+x',
  '%s',
  '%n%d',
  '\u00a0',
  'a\u00a0b',
  'ünïcödé',
  '日本語',
  '🙂',
  '\u200b',
  '\u2028',
  '\x01',
  '\x1b[31m',
  '\x7f',
  '^',
  '@',
  ':',
];

const PRINT_ARGV = 'for word do printf "%s\\0" "$word"; done';
const LONGEST = 131_071;

/** Commands arrive as they were given: argv is never parsed again, a script is the shell's own. */
export const words: Concern = {
  name: 'commands arrive as they were given',
  cases: () => [
    { name: 'quotes, newlines, globs, NBSP, leading dashes and empty strings in argv arrive unchanged', run: argv },
    { name: 'a program gets the same awkward words without a shell in between', run: program },
    { name: 'the same words in a script, quoted, are what the shell makes of them', run: script },
    { name: 'an array that changes after the call changes nothing', run: copied },
    { name: 'an argv element of 131,071 bytes arrives', run: longElement },
    { name: 'an argv element of 131,072 bytes is refused, counted in bytes', run: tooLongElement },
    { name: 'a thousand argv elements arrive', run: manyElements },
    { name: 'a script of 256 KiB runs', run: longScript },
    { name: 'a long script has no arguments, like a short one', run: noArguments },
    { name: 'a script that begins with a dash or a plus is no option of the shell', run: dashes },
    { name: 'a script may end in a comment, a backslash or blank lines', run: endings },
    { name: "here-documents, functions, pipelines and loops are the shell's own", run: shellSource },
  ],
};

async function argv({ executor }: Kit): Promise<void> {
  const result = await executor.exec(['sh', '-c', PRINT_ARGV, 'sh', ...AWKWARD]);
  assert.deepEqual(result.stdout.text.split('\0').slice(0, -1), AWKWARD);
}

async function program({ executor }: Kit): Promise<void> {
  // The leading word keeps env(1) from taking the others for options or variables.
  const result = await executor.exec(['env', 'printf', '<%s>', ...AWKWARD]);
  assert.equal(result.stdout.text, AWKWARD.map((word) => `<${word}>`).join(''));
}

async function script({ executor }: Kit): Promise<void> {
  const quoted = AWKWARD.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const result = await executor.exec(`set -- ${quoted}\n${PRINT_ARGV}`);
  assert.deepEqual(result.stdout.text.split('\0').slice(0, -1), AWKWARD);
}

async function copied({ executor }: Kit): Promise<void> {
  const command = ['printf', '%s', 'before'];
  const result = executor.exec(command);
  command[2] = 'after';
  assert.equal((await result).stdout.text, 'before');
}

async function longElement({ executor }: Kit): Promise<void> {
  const word = 'w'.repeat(LONGEST);
  const result = await executor.exec(['sh', '-c', 'printf %s "$1"', 'sh', word]);
  assert.equal(sha256(result.stdout.bytes), sha256(Buffer.from(word)));
}

async function tooLongElement({ executor }: Kit): Promise<void> {
  await refusedOption(executor.exec(['echo', 'w'.repeat(LONGEST + 1)]), 'command');
  await refusedOption(executor.exec(['echo', 'é'.repeat(65_536)]), 'command');
}

async function manyElements({ executor }: Kit): Promise<void> {
  const many = Array.from({ length: 1_000 }, (_, i) => `word ${i}`);
  const result = await executor.exec(['sh', '-c', PRINT_ARGV, 'sh', ...many]);
  assert.deepEqual(result.stdout.text.split('\0').slice(0, -1), many);
}

/** A script of at least that many bytes, which prints how many of its lines ran. */
function scriptOf(atLeast: number): { readonly text: string; readonly lines: number } {
  const line = `n=$((n+1)) # it's a line with "quotes", $dollars, \`ticks\`, \\ and ünïcödé\n`;
  const lines = Math.ceil(atLeast / Buffer.byteLength(line));
  return { text: `n=0\n${line.repeat(lines)}echo $n`, lines };
}

async function longScript({ executor }: Kit): Promise<void> {
  for (const bytes of [1, 65_536, LONGEST - 100, LONGEST + 1, 262_144]) {
    const { text, lines } = scriptOf(bytes);
    const result = await executor.exec(text);
    assert.equal(
      result.stdout.text,
      `${lines}\n`,
      `${bytes} bytes: ${result.outcome} ${result.exitCode ?? ''} ${result.stderr.text.slice(0, 200)}`,
    );
  }
}

async function noArguments({ executor }: Kit): Promise<void> {
  assert.equal((await executor.exec('echo $#')).stdout.text, '0\n');
  assert.equal((await executor.exec(`${scriptOf(150_000).text}\necho $#`)).stdout.text.split('\n')[1], '0');
}

async function dashes({ executor }: Kit): Promise<void> {
  for (const text of ['-errand-no-such-command', '+errand-no-such-command', '-c', '-s', '--']) {
    const result = await executor.exec(text);
    assert.equal(result.exitCode, 127, `${text}: ${result.outcome} ${result.exitCode ?? ''} ${result.stderr.text}`);
  }
}

async function endings({ executor }: Kit): Promise<void> {
  assert.equal((await executor.exec('echo a # comment')).stdout.text, 'a\n');
  assert.equal((await executor.exec('echo a \\\n')).stdout.text, 'a\n');
  assert.equal((await executor.exec('\n\n  echo a  \n\n')).stdout.text, 'a\n');
  assert.equal((await executor.exec('# nothing')).exitCode, 0);
}

async function shellSource({ executor }: Kit): Promise<void> {
  const text = `cat <<'EOF' | tr a-z A-Z
it's $HOME
EOF
twice() { echo "$1$1"; }
for word in a b; do twice "$word"; done; ! false && echo "\${0##*/}"`;
  const result = await executor.exec(text);
  assert.ok(result.stdout.text.startsWith("IT'S $HOME\naa\nbb\n"), result.stdout.text);
  assert.equal(result.exitCode, 0);
}
