import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import type { ByteChannel, Driver } from '../driver.ts';
import { createExecutor } from '../engine/create-executor.ts';
import type { Executor } from '../executor.ts';
import { lineDriver } from '../testing/line-driver.ts';

const directory = mkdtempSync(join(tmpdir(), 'errand-cut-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A line driver whose first shell, which is the warm one, loses its connection after so many bytes. */
function cutting(way: 'stdin' | 'stdout' | 'stderr', bytes: number): Driver {
  const inner = lineDriver({ loginShell: '/bin/sh' });
  let opened = 0;
  return {
    ...inner,
    openShell: async (signal): Promise<ByteChannel> => {
      const channel = (await inner.openShell?.(signal)) as ByteChannel;
      opened += 1;
      if (opened !== 1) return channel;
      let left = bytes;
      const break_ = (): void => {
        channel.destroy();
        channel.stdout.destroy();
        channel.stderr.destroy();
      };
      const cut = new Transform({
        transform(chunk: Buffer, _encoding, done): void {
          const part = chunk.subarray(0, left);
          left -= part.length;
          if (part.length > 0) this.push(part);
          if (left === 0) setImmediate(break_);
          done();
        },
      });
      cut.on('error', () => {});
      if (way === 'stdin') cut.pipe(channel.stdin);
      else channel[way].on('close', () => cut.destroy()).pipe(cut);
      return { ...channel, [way]: cut };
    },
  };
}

async function told(executor: Executor, file: string): Promise<string> {
  return executor.exec(`echo ran >>${file}; echo out; echo err >&2; exit 3`, { startTimeoutMs: 5_000 }).then(
    ({ outcome, exitCode, stdout, stderr }) => {
      // Whatever came is the beginning of what was printed.
      expect('out\n'.startsWith(stdout.text), stdout.text).toBe(true);
      expect('err\n'.startsWith(stderr.text), stderr.text).toBe(true);
      return `${outcome} ${exitCode ?? ''} ${stdout.text}${stderr.text}`;
    },
    (error) => `rejected ${error.code}`,
  );
}

const starts = (file: string): number => {
  try {
    return readFileSync(file, 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
};

// An exchange is some 90 bytes on stdout, 80 on stderr and, behind the shell's own script, 200 on stdin, if the numbers below still fit: an outcome of each kind must come.
test.each([
  ['stdout', 0, 260],
  ['stderr', 0, 100],
  ['stdin', 4_500, 5_000],
] as const)(
  'a connection that is cut after any number of bytes of %s runs nothing twice, and no result is wrong',
  async (way, from, to) => {
    const all: string[] = [];
    const sample = Array.from({ length: to - from }, (_, i) => from + i);
    const one = async (bytes: number): Promise<void> => {
      const executor = createExecutor({ kind: 'cut', makeDriver: () => cutting(way, bytes) }, { shells: { max: 1 } });
      const file = join(directory, `${way}-${bytes}`);
      const said = await told(executor, file);
      await executor.close();
      all.push(said);
      const ran = starts(file);
      expect(ran, `${bytes} bytes: ${said}`).toBeLessThanOrEqual(1);
      if (said.startsWith('rejected')) expect(ran, `${bytes} bytes: ${said}`).toBe(0);
      else if (!said.startsWith('unknown')) expect(`${said} ${ran}`).toBe('exited 3 out\nerr\n 1');
    };
    while (sample.length > 0) await Promise.all(sample.splice(0, 8).map(one));
    const kinds = new Set(all.map((said) => said.split(' ')[0]));
    expect(kinds.has('exited')).toBe(true);
    expect(kinds.has('unknown')).toBe(true);
  },
  240_000,
);
