import { localExecutor } from '../local/local-executor.ts';

/**
 * Run as the first process of a PID namespace, where `kill -9 -1` ends everything but itself: commands, sessions, warm shells and
 * the supervisor. Prints one line of JSON.
 */
const executor = localExecutor({ shells: { max: 2 }, environment: { PATH: process.env['PATH'] ?? '', XDG_STATE_HOME: '/nonexistent' } });
const session = await executor.openSession();
const other = await executor.openSession();
await session.exec('A=kept');
await executor.exec('echo warm');

const lived = executor.spawn('echo on; sleep 67', { stdin: '' });
await lived[Symbol.asyncIterator]().next();
const killed = await session.exec('kill -9 -1; echo never');
const results = [killed, await lived.result];
const idle = await other.exec('echo on').then(
  (result) => result.outcome,
  (error: { code?: string }) => error.code,
);
const after = await executor.exec('echo again');
const fresh = await executor.openSession();
const again = await fresh.exec('sleep 67', { timeoutMs: 300, killGraceMs: 300 });
const goesOn = await fresh.exec('echo on');
await executor.close();
process.stdout.write(
  JSON.stringify({
    outcomes: results.map(({ outcome, exitCode, signal }) => [outcome, exitCode ?? signal ?? null]),
    output: killed.stdout.text,
    idle,
    after: after.stdout.text,
    again: again.outcome,
    goesOn: goesOn.stdout.text,
  }),
);
