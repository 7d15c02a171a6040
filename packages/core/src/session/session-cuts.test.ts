import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ByteChannel, Driver } from '../driver.ts';
import { createExecutor } from '../engine/create-executor.ts';
import { lineDriver } from '../testing/line-driver.ts';
import { CutChannel, type Way } from '../testing/tools/cut-channel.ts';
import { nothingCarries } from '../testing/tools/session-rig.ts';
import { judged, shortExchange } from '../testing/tools/short-exchange.ts';
import { namedShells } from '../testing/tools/test-shells.ts';
import { within } from '../testing/tools/within.ts';

const { shells, remove } = namedShells();
afterAll(remove);
const directory = mkdtempSync(join(tmpdir(), 'errand-session-cut-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A line driver whose session loses its connection. */
function cutting(cut: CutChannel, isSession: () => boolean): Driver {
  const inner = lineDriver({ loginShell: '/bin/sh' });
  return {
    ...inner,
    openShell: async (signal): Promise<ByteChannel> => {
      const forSession = isSession();
      const channel = (await inner.openShell?.(signal)) as ByteChannel;
      return forSession ? cut.through(channel) : channel;
    },
  };
}

interface Case {
  readonly shell: string;
  readonly way: Way;
  readonly bytes: number;
}

/** How the command ended, with nothing left. */
async function cutAfter({ shell, way, bytes }: Case): Promise<string> {
  const cut = new CutChannel(way);
  let marker = '';
  let opened = 0;
  const makeDriver = (_: unknown, { executorMarker }: { executorMarker: string }): Driver => {
    marker = executorMarker;
    // The supervisor comes first.
    return cutting(cut, () => {
      opened += 1;
      return opened === 2;
    });
  };
  const executor = createExecutor({ kind: 'cut', makeDriver }, { defaults: { shell } });
  const session = await executor.openSession();
  const file = join(directory, `${shell.replaceAll('/', '_')}-${way}-${bytes}`);
  cut.arm(bytes);
  const what = `${shell} ${way} ${bytes}`;
  const kind = await within(20_000, judged(session.exec(shortExchange(file)), file, what), what);
  await within(15_000, session.close(), `close() after ${what}`);
  await within(15_000, executor.close(), `close() of the executor after ${what}`);
  await nothingCarries(marker);
  return kind;
}

// An exchange is some 120 bytes on stdout, 90 on stderr and 230 on stdin, if the numbers below still fit: an outcome of each kind must come.
test.each(
  shells.flatMap(({ name, file }) => [
    { name, shell: file, way: 'stdout', to: 170 } as const,
    { name, shell: file, way: 'stderr', to: 130 } as const,
    { name, shell: file, way: 'stdin', to: 330 } as const,
  ]),
)(
  'a session in $name whose connection is cut after any number of bytes of $way runs nothing twice, and no result is wrong',
  async ({ shell, way, to }) => {
    // Every byte in one shell; what the others do differently is not in the bytes.
    const step = shell.endsWith('/dash') ? 1 : 7;
    const sample = Array.from({ length: Math.ceil(to / step) }, (_, i) => i * step);
    const kinds = new Set<string>();
    while (sample.length > 0) {
      for (const kind of await Promise.all(sample.splice(0, 8).map((bytes) => cutAfter({ shell, way, bytes })))) kinds.add(kind);
    }
    expect(kinds.has('exited')).toBe(true);
    expect(kinds.has('unknown')).toBe(true);
  },
  240_000,
);
