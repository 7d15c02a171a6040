import assert from 'node:assert/strict';
import type { Concern, Kit } from '../case.ts';
import { EVERY_BYTE, EVERY_BYTE_FORMAT, pattern, patternScript, sha256 } from '../tools/pattern.ts';

/** Promise 1: stdout and stderr arrive apart, byte for byte, in order. */
export const bytes: Concern = {
  name: 'bytes are exact',
  cases: (supports, size) => [
    { name: 'every byte value arrives unchanged on both streams', run: everyByteValue },
    { name: 'invalid UTF-8 arrives unchanged, and its text shows U+FFFD', run: invalidUtf8 },
    { name: 'a mebibyte arrives whole and in order', run: mebibyte },
    { name: 'what goes to stdout and what goes to stderr arrive apart', run: apart },
    { name: 'the last bytes before the exit arrive', run: lastBytes },
    { name: 'the last bytes before a death by signal arrive', run: lastBytesBeforeSignal },
    { name: 'a million writes of one byte arrive whole and in order', run: tinyWrites },
    { name: 'text is neither trimmed nor completed', run: untrimmed },
    { name: 'a silent command has empty output', run: silent },
    { name: '4 MiB on stderr that nobody reads do not hold the command up', run: unreadStderr },
    supports.devStdio
      ? { name: 'a command can open /dev/stdout and /dev/stderr', run: devStdio }
      : { name: 'a command cannot open /dev/stderr, as supports.devStdio says', run: noDevStdio },
    ...(supports.maxOutputBytes <= (size === 'full' ? 2 ** 30 : 2 ** 26)
      ? [{ name: 'output of supports.maxOutputBytes is taken, and one byte more is not passed over in silence', run: mostOutput }]
      : []),
  ],
};

async function everyByteValue({ executor }: Kit): Promise<void> {
  const result = await executor.exec(`printf '${EVERY_BYTE_FORMAT}'; printf '${EVERY_BYTE_FORMAT}' >&2`);
  assert.deepEqual(Buffer.from(result.stdout.bytes), EVERY_BYTE);
  assert.deepEqual(Buffer.from(result.stderr.bytes), EVERY_BYTE);
}

async function invalidUtf8({ executor }: Kit): Promise<void> {
  const result = await executor.exec("printf 'a\\377\\303(b\\342\\202\\254'");
  assert.deepEqual([...result.stdout.bytes], [0x61, 0xff, 0xc3, 0x28, 0x62, 0xe2, 0x82, 0xac]);
  assert.equal(result.stdout.text, 'a\ufffd\ufffd(b€');
}

async function mebibyte({ executor }: Kit): Promise<void> {
  const result = await executor.exec(patternScript(16_384));
  assert.equal(result.stdout.totalBytes, 2 ** 20);
  assert.equal(sha256(result.stdout.bytes), sha256(pattern(16_384)));
}

async function apart({ executor }: Kit): Promise<void> {
  const result = await executor.exec('for i in 1 2 3 4 5 6 7 8 9; do echo "out $i"; echo "err $i" >&2; done');
  assert.equal(result.stdout.text, [1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `out ${i}\n`).join(''));
  assert.equal(result.stderr.text, [1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `err ${i}\n`).join(''));
}

async function lastBytes({ executor }: Kit): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const result = await executor.exec(`${patternScript(1_024)}; printf 'last out'; printf 'last err' >&2; exit 3`);
    assert.equal(result.exitCode, 3);
    assert.equal(result.stdout.totalBytes, 65_536 + 8);
    assert.ok(result.stdout.text.endsWith('last out'));
    assert.equal(result.stderr.text, 'last err');
  }
}

async function lastBytesBeforeSignal({ executor }: Kit): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const result = await executor.exec(`${patternScript(256)}; printf last; kill -9 $$`);
    assert.equal(result.stdout.totalBytes, 16_384 + 4);
    assert.ok(result.stdout.text.endsWith('last'));
  }
}

async function tinyWrites({ executor }: Kit): Promise<void> {
  const result = await executor.exec(`(${patternScript(16_384)}) | dd bs=1 2>/dev/null`);
  assert.equal(result.stdout.totalBytes, 2 ** 20);
  assert.equal(sha256(result.stdout.bytes), sha256(pattern(16_384)));
}

async function untrimmed({ executor }: Kit): Promise<void> {
  const result = await executor.exec("printf ' \\n\\t a \\r\\n\\n'; printf 'no newline' >&2");
  assert.equal(result.stdout.text, ' \n\t a \r\n\n');
  assert.equal(result.stdout.toString(), result.stdout.text);
  assert.equal(result.stderr.text, 'no newline');
}

async function silent({ executor }: Kit): Promise<void> {
  const { stdout, stderr } = await executor.exec(':');
  for (const output of [stdout, stderr]) {
    assert.equal(output.totalBytes, 0);
    assert.equal(output.omittedBytes, 0);
    assert.equal(output.bytes.length, 0);
    assert.equal(output.text, '');
  }
}

async function unreadStderr({ executor, supports }: Kit): Promise<void> {
  const mebibytes = Math.max(1, Math.min(4, Math.floor(supports.maxOutputBytes / 2 ** 20)));
  const execution = executor.spawn(`(dd if=/dev/zero bs=65536 count=${mebibytes * 16} 2>/dev/null) >&2; echo done`);
  let seen = '';
  for await (const chunk of execution.stdout) seen += String(chunk);
  const result = await execution.result;
  assert.equal(seen, 'done\n');
  assert.equal(result.stderr.totalBytes, mebibytes * 2 ** 20);
}

async function devStdio({ executor }: Kit): Promise<void> {
  const result = await executor.exec('echo out >/dev/stdout; echo err >/dev/stderr');
  assert.ok(result.ok, result.stderr.text);
  assert.equal(result.stdout.text, 'out\n');
  assert.equal(result.stderr.text, 'err\n');
}

async function noDevStdio({ executor }: Kit): Promise<void> {
  const result = await executor.exec(['sh', '-c', 'echo err >/dev/stderr']);
  assert.equal(result.ok, false, 'It works, so supports.devStdio should be true.');
}

async function mostOutput({ executor, supports }: Kit): Promise<void> {
  const most = supports.maxOutputBytes;
  const exact = await executor.exec(`head -c ${most} /dev/zero`);
  assert.ok(exact.ok, `${exact.outcome} ${exact.reason ?? ''}`);
  assert.equal(exact.stdout.totalBytes, most);
  const more = await executor.exec(`head -c ${most + 1} /dev/zero`);
  assert.equal(more.ok, false);
  assert.equal(more.cause, 'limit');
}
