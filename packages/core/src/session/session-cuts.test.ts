import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import type { ByteChannel, Driver } from '../driver.ts';
import { createExecutor } from '../engine/create-executor.ts';
import type { Session } from '../session.ts';
import { lineDriver } from '../testing/line-driver.ts';
import { nothingCarries, sessionShells } from '../testing/tools/session-rig.ts';
import { within } from '../testing/tools/within.ts';

const { shells, remove } = sessionShells();
afterAll(remove);
const directory = mkdtempSync(join(tmpdir(), 'errand-session-cut-'));
afterAll(() => rmSync(directory, { recursive: true }));

type Way = 'stdin' | 'stdout' | 'stderr';

/** A channel that is lost `bytes` bytes of `way` after it was armed. */
class Cut {
  #left = Number.POSITIVE_INFINITY;
  #channel: ByteChannel | undefined;
  readonly #way: Way;

  constructor(way: Way) {
    this.#way = way;
  }

  arm(bytes: number): void {
    this.#left = bytes;
    if (bytes === 0) this.#break();
  }

  through(channel: ByteChannel): ByteChannel {
    this.#channel = channel;
    const way = this.#way;
    const cut = new Transform({
      transform: (chunk: Buffer, _encoding, done): void => {
        const part = chunk.subarray(0, this.#left);
        this.#left -= part.length;
        if (part.length > 0) cut.push(part);
        if (this.#left === 0) setImmediate(() => this.#break());
        done();
      },
    });
    cut.on('error', () => {});
    if (way === 'stdin') cut.pipe(channel.stdin);
    else channel[way].on('close', () => cut.destroy()).pipe(cut);
    return { ...channel, [way]: cut };
  }

  #break(): void {
    this.#channel?.destroy();
    this.#channel?.stdout.destroy();
    this.#channel?.stderr.destroy();
  }
}

/** A line driver whose session loses its connection. */
function cutting(cut: Cut, isSession: () => boolean): Driver {
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

async function told(session: Session, file: string): Promise<string> {
  return session.exec(`echo ran >>${file}; echo out; echo err >&2; (exit 3)`).then(
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

interface Case {
  readonly shell: string;
  readonly way: Way;
  readonly bytes: number;
}

/** What the command told; checked, and with nothing left. */
async function cutAfter({ shell, way, bytes }: Case): Promise<string> {
  const cut = new Cut(way);
  let marker = '';
  let opened = 0;
  const makeDriver = (_: unknown, { executorMarker }: { executorMarker: string }): Driver => {
    marker = executorMarker;
    // The supervisor's channel is opened once something is registered: behind the session's.
    return cutting(cut, () => {
      opened += 1;
      return opened === 1;
    });
  };
  const executor = createExecutor({ kind: 'cut', makeDriver }, { defaults: { shell } });
  const session = await executor.openSession();
  const file = join(directory, `${shell.replaceAll('/', '_')}-${way}-${bytes}`);
  cut.arm(bytes);
  const what = `${shell} ${way} ${bytes}`;
  const said = await within(20_000, told(session, file), what);
  await within(15_000, session.close(), `close() after ${what}`);
  await within(15_000, executor.close(), `close() of the executor after ${what}`);
  await nothingCarries(marker);
  const ran = starts(file);
  expect(ran, `${what}: ${said}`).toBeLessThanOrEqual(1);
  if (said.startsWith('rejected')) expect(ran, `${what}: ${said}`).toBe(0);
  else if (!said.startsWith('unknown')) expect(`${said} ${ran}`, what).toBe('exited 3 out\nerr\n 1');
  return said.split(' ')[0] ?? '';
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
