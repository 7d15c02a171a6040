import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ByteChannel, Driver } from '../driver.ts';
import { createExecutor } from '../engine/create-executor.ts';
import { guardSource } from '../launcher/guarded-shell.ts';
import { lineDriver } from '../testing/line-driver.ts';
import { CutChannel, type Way } from '../testing/tools/cut-channel.ts';
import { judged, shortExchange } from '../testing/tools/short-exchange.ts';
import { becomeSource, serveSource } from './warm-shell-script.ts';

const directory = mkdtempSync(join(tmpdir(), 'errand-cut-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A line driver whose second shell, which is the warm one behind the supervisor, loses its connection after so many bytes. */
function cutting(way: Way, bytes: number): Driver {
  const inner = lineDriver({ loginShell: '/bin/sh' });
  const cut = new CutChannel(way);
  let opened = 0;
  return {
    ...inner,
    openShell: async (signal): Promise<ByteChannel> => {
      const channel = (await inner.openShell?.(signal)) as ByteChannel;
      opened += 1;
      if (opened !== 2) return channel;
      const lossy = cut.through(channel);
      cut.arm(bytes);
      return lossy;
    },
  };
}

/** Bytes of stdin before the first command. */
const BEFORE =
  guardSource('0'.repeat(32), `${'0'.repeat(32)}.shell-0`, '123456789 /proc/1234567/fd/0').length +
  becomeSource('0'.repeat(32), '/bin/sh', 'marker').length +
  serveSource({ nonce: '0'.repeat(32), executorMarker: 'marker', outer: '', base: {} }).length;

// An exchange is some 150 bytes on stdout, 80 on stderr and 200 on stdin, if the numbers below still fit: an outcome of each kind must come.
test.each([
  ['stdout', 0, 320],
  ['stderr', 0, 100],
  ['stdin', BEFORE - 250, BEFORE + 250],
] as const)(
  'a connection that is cut after any number of bytes of %s runs nothing twice, and no result is wrong',
  async (way, from, to) => {
    const kinds = new Set<string>();
    const sample = Array.from({ length: to - from }, (_, i) => from + i);
    const one = async (bytes: number): Promise<void> => {
      const executor = createExecutor({ kind: 'cut', makeDriver: () => cutting(way, bytes) }, { shells: { max: 1 } });
      const file = join(directory, `${way}-${bytes}`);
      kinds.add(await judged(executor.exec(shortExchange(file), { startTimeoutMs: 5_000 }), file, `${way} ${bytes}`));
      await executor.close();
    };
    while (sample.length > 0) await Promise.all(sample.splice(0, 8).map(one));
    expect(kinds.has('exited')).toBe(true);
    expect(kinds.has('unknown')).toBe(true);
  },
  240_000,
);
