import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

// Otherwise Node exits with code 13 in the middle of a program that awaits at its top level.
test('who awaits a result, a turn, a disposal, health(), drain() or close() is told, though nothing behind it keeps Node alive', async () => {
  const fixture = fileURLToPath(new URL('./unreferenced-driver.fixture.ts', import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=@errand/source', fixture]);
  expect({ stdout: JSON.parse(stdout), stderr }).toEqual({
    stdout: { outcome: 'exited', long: 'exited', ok: true, waited: 'exited' },
    stderr: '',
  });
});
