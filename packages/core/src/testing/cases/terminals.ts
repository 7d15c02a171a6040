import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Executor } from '../../executor.ts';
import type { Terminal, TerminalOptions } from '../../terminal.ts';
import type { Concern, Kit } from '../case.ts';
import { EVERY_BYTE, pattern, patternScript, sha256 } from '../tools/pattern.ts';
import { readAll } from '../tools/read-all.ts';
import { refused, refusedOption, rejection } from '../tools/refused.ts';
import { DAEMON, SLEEP, STUBBORN_DAEMON } from '../tools/scripts.ts';
import { gone, inScratch, isRunning, output } from '../tools/target.ts';
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

/** Terminals: bytes both ways, a size, an end. */
export const terminals: Concern = {
  name: 'terminals',
  cases: ({ terminal, exitSignal, kill }) => {
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
      { name: "the exit code of a terminal's command is exact", run: exitCode },
      ...(exitSignal ? [{ name: "the death by signal of a terminal's command is told", run: signalDeath }] : []),
      ...(kill
        ? [
            { name: 'close() of a terminal ends all that runs in it, also what ignores SIGHUP', run: closes },
            { name: 'the exit in a terminal ends what it left in the background', run: leftInBackground },
          ]
        : []),
      { name: 'destroying the stream of a terminal hangs up', run: hangsUp },
      { name: 'close() of the executor ends its terminals', run: closedWithExecutor },
      { name: 'an abort ends a terminal, or keeps it from opening', run: aborted },
      { name: 'a terminal that is over takes everything without a fault', run: afterTheEnd },
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

function assertPid(pid: string | undefined): string {
  assert.match(pid ?? '', /^\d+$/);
  return pid ?? '';
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
  terminal.stream.write('echo "a"$((1 + 1))"b"; exit 3\n');
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
  const terminal = await executor.openTerminal({ command: `${RAW}dd if=/dev/zero bs=65536 count=64 2>/dev/null` });
  // That nothing happens takes time to see.
  const early = await Promise.race([terminal.result, delay(700)]);
  assert.equal(early, undefined, 'It should have been held back, and it ended.');
  assert.equal((await readAll(terminal.stream)).length, 2 ** 22);
}

async function exitCode({ executor }: Kit): Promise<void> {
  for (const code of [0, 3, 137, 255]) {
    const terminal = await executor.openTerminal({ command: `echo unread; exit ${code}` });
    const { outcome, exitCode: told, ok, stdout, stderr, executionId, target } = await terminal.result;
    const expected = { outcome: 'exited', told: code, ok: code === 0, id: terminal.id, target: executor.name, kept: 0 };
    const kept = stdout.totalBytes + stderr.totalBytes + stdout.bytes.length;
    assert.deepEqual({ outcome, told, ok, id: executionId, target, kept }, expected);
  }
}

async function signalDeath({ executor }: Kit): Promise<void> {
  const { outcome, signal, ok } = await (await executor.openTerminal({ command: 'kill -KILL $$' })).result;
  assert.deepEqual({ outcome, signal, ok }, { outcome: 'signaled', signal: 'SIGKILL', ok: false });
}

async function closes({ executor, make }: Kit): Promise<void> {
  const quick = await make({ defaults: { killGraceMs: 250 } });
  const terminal = await quick.openTerminal({ command: `trap "" HUP; sh -c '${STUBBORN_DAEMON}' & sh -c '${DAEMON}' & wait; sleep 60` });
  const watch = watchTerminal(terminal);
  const [, one, two] = await watch.until(/(\d+)\r\n(\d+)\r\n/);
  await terminal.close();
  const { outcome, reason } = await within(1_000, terminal.result, 'The result should be there after close()');
  assert.equal(outcome, 'cancelled');
  assert.match(reason ?? '', /close/);
  for (const pid of [one, two]) await gone(executor, assertPid(pid), 0);
  await terminal.close();
}

async function leftInBackground({ executor, make }: Kit): Promise<void> {
  const quick = await make({ defaults: { killGraceMs: 250 } });
  const terminal = await quick.openTerminal({ command: `sh -c '${STUBBORN_DAEMON}' & read -r line` });
  const watch = watchTerminal(terminal);
  const [, pid] = await watch.until(/(\d+)\r\n/);
  assert.ok(await isRunning(executor, assertPid(pid)), 'It should run until the exit.');
  terminal.stream.write('\n');
  assert.equal((await terminal.result).outcome, 'exited');
  await gone(executor, assertPid(pid), 1_200);
}

async function hangsUp({ executor }: Kit): Promise<void> {
  const terminal = await executor.openTerminal({ command: ['sh', '-c', `echo $$; exec ${SLEEP}`] });
  const [pid] = await watchTerminal(terminal).until(/\d+/);
  terminal.stream.destroy();
  const { outcome } = await within(1_500, terminal.result, 'The command should have ended');
  assert.ok(outcome === 'signaled' || outcome === 'exited', outcome);
  await gone(executor, assertPid(pid), 500);
}

async function closedWithExecutor({ executor: other, make }: Kit): Promise<void> {
  const executor = await make({ defaults: { killGraceMs: 250 } });
  const terminal = await executor.openTerminal({ command: ['sh', '-c', `echo $$; trap '' HUP; exec ${SLEEP}`] });
  const [pid] = await watchTerminal(terminal).until(/\d+/);
  await executor.close();
  const { outcome } = await within(1_000, terminal.result, 'The terminal should have ended');
  assert.equal(outcome, 'cancelled');
  await gone(other, assertPid(pid), 0);
}

async function aborted({ executor }: Kit): Promise<void> {
  const reason = new Error('enough');
  assert.equal(await rejection(executor.openTerminal({ command: ':', signal: AbortSignal.abort(reason) })), reason);
  const abort = new AbortController();
  const terminal = await executor.openTerminal({ command: ['sleep', '60'], signal: abort.signal });
  abort.abort(reason);
  assert.equal((await within(1_500, terminal.result, 'The terminal should have ended')).outcome, 'cancelled');
}

async function afterTheEnd({ executor }: Kit): Promise<void> {
  const terminal = await executor.openTerminal({ command: ':' });
  await terminal.result;
  terminal.stream.write('nobody reads this\n');
  await terminal.resize(10, 10);
  assert.equal((await readAll(terminal.stream)).length, 0);
  terminal.stream.write('nor this\n');
  await terminal.close();
  await terminal[Symbol.asyncDispose]();
  assert.equal((await terminal.result).outcome, 'exited');
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
