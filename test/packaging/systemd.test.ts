import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isSkipped, programPath } from '../servers/programs.ts';

const UNIT = fileURLToPath(new URL('../../packaging/errand.service', import.meta.url));
const program = programPath('systemd-analyze');

function analyze(...args: string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(program ?? '', args, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, said: `${stdout}${stderr}` }),
    );
  });
}

test.skipIf(isSkipped(program, 'the systemd unit', 'systemd'))(
  'systemd finds no fault in the unit, and takes it for a sandbox',
  async () => {
    expect(await analyze('verify', UNIT)).toEqual({ code: 0, said: '' });
    // 0 is shut off, 10 is open: a unit that says nothing has 9.6.
    const { code, said } = await analyze('security', '--offline=true', '--threshold=50', UNIT);
    expect(code, said).toBe(0);
  },
);

test('the unit waits longer for the end than the server drains and ends what runs, and reloads by SIGHUP', async () => {
  const unit = await readFile(UNIT, 'utf8');
  const [, drain = ''] = /^ExecStart=.* --drain (\d+)s /m.exec(unit) ?? [];
  const [, stop = ''] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
  expect(Number(stop)).toBeGreaterThanOrEqual(Number(drain) + 10);
  expect(unit).toMatch(/^KillMode=mixed$/m);
  expect(unit).toMatch(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
  expect(unit).toMatch(/^RestartForceExitStatus=SIGHUP$/m);
});
