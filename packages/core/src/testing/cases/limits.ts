import assert from 'node:assert/strict';
import type { Limits } from '../../options.ts';
import type { Case, Concern, Kit } from '../case.ts';
import { inScratch, sharesFiles } from '../tools/target.ts';

const MIB = 2 ** 20;

/** The limits that `supports.limits` has; those that it has not are with what is not supported. */
export const limits: Concern = {
  name: 'limits hold',
  cases: (supports) => {
    const cases: Case[] = [];
    if (supports.limits.openFiles) cases.push({ name: 'openFiles bounds the descriptors of a process', run: openFiles });
    if (supports.limits.fileBytes && sharesFiles(supports)) cases.push({ name: 'fileBytes bounds a written file', run: fileBytes });
    if (supports.limits.memoryBytes) cases.push({ name: 'memoryBytes bounds memory', run: memoryBytes });
    if (supports.limits.cpuMs) cases.push({ name: 'cpuMs bounds cpu time', run: cpuMs });
    if (supports.limits.processes) cases.push({ name: 'processes bounds how many there are', run: processes });
    if (cases.length > 0)
      cases.push({
        name: 'a limited command is run as any other',
        run: (kit) => asAnyOther(kit, supports.limits.openFiles ? { openFiles: 64 } : {}),
      });
    return cases;
  },
};

async function openFiles({ executor }: Kit): Promise<void> {
  const opens = 'for fd in 3 4 5 6 7 8 9; do eval "exec $fd</dev/null"; done; exec sh -c "ulimit -n"';
  assert.equal((await executor.exec(opens, { limits: { openFiles: 40 } })).stdout.text, '40\n');
  assert.equal((await executor.exec(['sh', '-c', 'ulimit -n'], { limits: { openFiles: 41 } })).stdout.text, '41\n');
}

async function fileBytes({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const write = (kib: number): readonly string[] => ['dd', 'if=/dev/zero', `of=${dir}/file`, 'bs=1024', `count=${kib}`];
    assert.ok((await executor.exec(write(64), { limits: { fileBytes: 65_536 } })).ok);
    assert.equal((await executor.exec(write(65), { limits: { fileBytes: 65_536 } })).ok, false);
    assert.equal((await executor.exec(`wc -c <${dir}/file`)).stdout.text.trim(), '65536');
  });
}

async function memoryBytes({ executor, supports }: Kit): Promise<void> {
  // Without a newline tail must hold all of it.
  const hold = (mib: number): string => `dd if=/dev/zero bs=1048576 count=${mib} 2>/dev/null | { tail -n 1 >/dev/null && echo held; }`;
  assert.equal((await executor.exec(hold(1), { limits: { memoryBytes: 192 * MIB } })).stdout.text, 'held\n');
  const result = await executor.exec(hold(400), { limits: { memoryBytes: 192 * MIB } });
  assert.notEqual(result.stdout.text, 'held\n');
  // What bounds a process's addresses gives it none; what bounds a tree's memory kills.
  if (supports.outOfMemory && supports.limits.memoryBytes === 'tree') assert.equal(result.outcome, 'out-of-memory');
}

async function cpuMs({ executor }: Kit): Promise<void> {
  const result = await executor.exec('while :; do :; done', { limits: { cpuMs: 1_000 }, timeoutMs: 15_000, killGraceMs: 500 });
  assert.notEqual(result.outcome, 'timed-out', 'It went on for 15 s.');
  assert.equal(result.ok, false);
  assert.ok(result.timings.runMs > 800, `It was ended after ${result.timings.runMs} ms.`);
}

async function processes({ executor }: Kit): Promise<void> {
  const forks = 'for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait; echo all';
  const result = await executor.exec(forks, { limits: { processes: 4 } });
  assert.ok(result.stderr.totalBytes > 0 || !result.ok, 'Eight processes were started under a limit of four.');
}

async function asAnyOther(kit: Kit, limits: Limits): Promise<void> {
  const { executor, supports } = kit;
  const options = { limits, cwd: '/usr', env: { KIT_A: "it's" }, ...(supports.stdin && { stdin: 'in' }) };
  const result = await executor.exec('pwd; printf "%s " "$KIT_A" "$#"; cat; echo err >&2; exit 3', options);
  assert.equal(result.stdout.text, `/usr\nit's 0 ${supports.stdin ? 'in' : ''}`);
  assert.equal(result.stderr.text, 'err\n');
  assert.equal(result.exitCode, 3);
  assert.equal((await executor.exec(['printf', '<%s>', "it's", '-n'], { limits })).stdout.text, "<it's><-n>");
  await assert.rejects(executor.exec(['errand-no-such-program'], { limits }), { code: 'EXEC_NOT_FOUND' });
  await assert.rejects(executor.exec(':', { limits, cwd: '/errand-no-such-directory' }), { code: 'EXEC_NOT_FOUND' });
  if (supports.exitSignal) assert.equal((await executor.exec('kill -9 $$', { limits })).signal, 'SIGKILL');
}
