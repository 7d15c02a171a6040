import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Executor } from '../../executor.ts';
import type { Terminal, TerminalOptions } from '../../terminal.ts';
import type { Concern, Kit } from '../case.ts';
import { EVERY_BYTE, pattern, patternScript, sha256 } from '../tools/pattern.ts';
import { readAll } from '../tools/read-all.ts';
import { refused, refusedOption } from '../tools/refused.ts';
import { inScratch, output } from '../tools/target.ts';
import { watchTerminal } from '../tools/watch-terminal.ts';
import { within } from '../tools/within.ts';

/** Shell source that begins a script whose terminal passes bytes on as they are. */
const RAW = 'stty raw -echo; ';
const SIZES: readonly unknown[] = [0, -1, 1.5, 65_536, Number.NaN, '80', null];
const BAD_OPTIONS: Readonly<Record<string, readonly unknown[]>> = {
  command: [[], '', [''], 5, null, 'a\0b', ['a', 5]],
  cwd: ['', 'a\0b', 5, null],
  env: ['A=b', { 'A-B': 'x' }, { A: 5 }, { ERRAND_EXECUTION: 'x' }],
  columns: SIZES,
  rows: SIZES,
  term: ['', 'a\0b', 5, null, 'x'.repeat(257)],
  signal: [{}, 'x', null],
  timeoutMs: [5],
  check: [true],
};

/** Terminals: bytes both ways, and a size. */
export const terminals: Concern = {
  name: 'terminals',
  cases: ({ terminal }) => {
    if (!terminal) return [];
    return [
      { name: 'a command in a terminal has one on all its streams', run: isOne },
      { name: 'a terminal has the columns and rows that were asked for, else 80 and 24', run: size },
      { name: 'a terminal is told its new size, and so is what runs in it', run: resized },
      { name: 'TERM is what was asked for, else xterm-256color', run: term },
      { name: 'a terminal starts where cwd says', run: cwd },
      { name: 'a terminal has the variables of env', run: env },
      { name: 'a line that is typed into a terminal is echoed and read', run: typed },
      { name: 'a terminal without a command has a shell', run: loginShell },
      { name: 'every byte goes through a raw terminal and back', run: everyByte },
      { name: 'a mebibyte from a terminal arrives whole', run: mebibyte },
      { name: 'a mebibyte into a terminal that reads late arrives whole, and stops nobody meanwhile', run: lateReader },
      { name: 'what a terminal printed before the exit can be read after it', run: readLater },
      { name: 'a terminal that nobody reads holds its command back', run: heldBack },
      { name: 'bad options of a terminal are refused', run: badOptions },
      { name: 'what a terminal lacks is told: program, cwd', run: missing },
      { name: 'a command beside a terminal has no way into it', run: noWayIn },
    ];
  },
};

/** Opens one and reads it to its end, as text without carriage returns. */
async function printed(executor: Executor, options: TerminalOptions): Promise<string> {
  const terminal = await executor.openTerminal(options);
  return (await readAll(terminal.stream)).toString('utf8').replaceAll('\r', '');
}

async function isOne({ executor }: Kit): Promise<void> {
  const text = await printed(executor, { command: 'test -t 0 && test -t 1 && test -t 2 && tty' });
  assert.match(text, /^\/dev\/\S+\n$/, `It should have printed the terminal's name, and printed: ${text}`);
}

async function size({ executor }: Kit): Promise<void> {
  assert.equal(await printed(executor, { command: 'stty size', columns: 123, rows: 45 }), '45 123\n');
  assert.equal(await printed(executor, { command: 'stty size' }), '24 80\n');
  // busybox's stty takes one row, and what is above 30,000, for a mistake.
  assert.equal(await printed(executor, { command: 'stty size', columns: 29_999, rows: 2 }), '2 29999\n');
}

async function resized({ executor }: Kit): Promise<void> {
  const terminal = await executor.openTerminal({ command: "trap 'stty size' WINCH; echo up; while :; do sleep 0.05; done" });
  const watch = watchTerminal(terminal);
  await watch.until(/up/);
  await terminal.resize(99, 33);
  await within(1_500, watch.until(/33 99\r\n/), 'The new size should have been seen');
  await refusedOption(terminal.resize(0, 33), 'columns');
  await refusedOption(terminal.resize(99, 65_536), 'rows');
  await terminal.close();
}

async function term({ executor }: Kit): Promise<void> {
  assert.equal(await printed(executor, { command: 'echo "$TERM"', term: 'vt100' }), 'vt100\n');
  assert.equal(await printed(executor, { command: 'echo "$TERM"' }), 'xterm-256color\n');
  assert.equal(await printed(executor, { command: 'echo "$TERM"', env: { TERM: 'dumb' } }), 'dumb\n');
}

async function cwd({ executor }: Kit): Promise<void> {
  assert.equal(await printed(executor, { command: 'pwd', cwd: '/usr' }), '/usr\n');
}

async function env({ executor }: Kit): Promise<void> {
  const command = `echo "$KIT_ADDED" "\${KIT_REMOVED-none}"`;
  const removed = { KIT_REMOVED: undefined };
  assert.equal(await printed(executor, { command, env: { KIT_ADDED: "it's 'é\u00a0\"", ...removed } }), "it's 'é\u00a0\" none\n");
}

async function typed({ executor }: Kit): Promise<void> {
  const terminal = await executor.openTerminal({ command: 'read -r line; echo "got <$line>"; read -r line || echo over' });
  const watch = watchTerminal(terminal);
  terminal.stream.write('some words\n');
  await watch.until(/some words\r\ngot <some words>\r\n/);
  terminal.stream.write(Buffer.from([4]));
  await watch.until(/over/);
  assert.equal((await terminal.result).outcome, 'exited');
}

async function loginShell({ executor }: Kit): Promise<void> {
  const terminal = await executor.openTerminal();
  const watch = watchTerminal(terminal);
  // Words that every login shell takes; as they are typed they do not show what is looked for.
  terminal.stream.write("echo a''2b; exit 3\n");
  await watch.until(/a2b/);
  assert.equal((await terminal.result).exitCode, 3);
}

async function everyByte({ executor }: Kit): Promise<void> {
  const terminal = await executor.openTerminal({ command: `${RAW}echo ready; exec head -c 256` });
  const reading = readAll(terminal.stream);
  await new Promise((resolve) => terminal.stream.once('data', resolve));
  terminal.stream.write(EVERY_BYTE);
  const bytes = await reading;
  assert.equal(bytes.toString('hex'), Buffer.concat([Buffer.from('ready\n'), EVERY_BYTE]).toString('hex'));
}

async function mebibyte({ executor }: Kit): Promise<void> {
  const terminal = await executor.openTerminal({ command: RAW + patternScript(16_384) });
  const bytes = await readAll(terminal.stream);
  assert.equal(bytes.length, 2 ** 20);
  assert.equal(sha256(bytes), sha256(pattern(16_384)));
}

async function lateReader({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const bytes = pattern(16_384);
    const waits = `until [ -e ${dir}/go ]; do sleep 0.05; done`;
    const terminal = await executor.openTerminal({ command: `${RAW}echo ready; ${waits}; head -c ${bytes.length} | cksum` });
    const watch = watchTerminal(terminal);
    await watch.until(/ready/);
    terminal.stream.write(bytes);
    // A process that is blocked by writing would never come to let it read.
    await output(executor, `: >${dir}/go`);
    const [sum] = await watch.until(/\d+ \d+\n/);
    const { stdout } = await executor.exec(`${patternScript(16_384)} | cksum`);
    assert.equal(sum, stdout.text);
  });
}

async function readLater({ executor }: Kit): Promise<void> {
  const terminal = await executor.openTerminal({ command: RAW + patternScript(32) });
  assert.equal((await terminal.result).outcome, 'exited');
  assert.equal((await readAll(terminal.stream)).toString('latin1'), pattern(32).toString('latin1'));
}

async function heldBack({ executor }: Kit): Promise<void> {
  const terminal = await executor.openTerminal({ command: `${RAW}dd if=/dev/zero bs=65536 count=128 2>/dev/null` });
  // Over a network some of it is on its way: SSH takes in 4 MiB. That nothing happens takes time to see.
  const early = await Promise.race([terminal.result, delay(700)]);
  assert.equal(early, undefined, 'It should have been held back, and it ended.');
  assert.equal((await readAll(terminal.stream)).length, 2 ** 23);
}

async function badOptions({ executor }: Kit): Promise<void> {
  const open = (options: object): Promise<Terminal> => executor.openTerminal(options);
  for (const [option, values] of Object.entries(BAD_OPTIONS)) {
    for (const value of values) await refusedOption(open({ command: ':', [option]: value }), option);
  }
  await refused(executor.openTerminal(null as never), 'EXEC_INVALID_OPTION');
}

async function missing({ executor }: Kit): Promise<void> {
  const program = await refused(executor.openTerminal({ command: ['errand-no-such-program'] }), 'EXEC_NOT_FOUND');
  assert.equal(program.detail.what, 'program');
  const directory = await refused(executor.openTerminal({ command: 'pwd', cwd: '/errand-no-such-directory' }), 'EXEC_NOT_FOUND');
  assert.equal(directory.detail.what, 'cwd');
  assert.equal((await refused(executor.openTerminal({ command: ['/usr'] }), 'EXEC_PERMISSION')).detail.what, 'program');
}

/** Who has the other side of a terminal reads what is printed there, and types. */
async function noWayIn({ executor }: Kit): Promise<void> {
  const terminal = await executor.openTerminal({ command: ['sleep', '60'] });
  const { stdout } = await executor.exec('if [ -d /proc/self/fd ]; then ls -l /proc/self/fd; fi');
  assert.doesNotMatch(stdout.text, /ptmx/, 'A command has a descriptor of the terminal.');
  await terminal.close();
}
