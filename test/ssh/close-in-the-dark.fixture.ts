import { type SshExecutorOptions, sshExecutor } from '@errand/backend-ssh';

/** Uses all that an executor has, closes it once told to, and leaves the rest to Node, which exits when nothing is left. */
const [options = '', upload = ''] = process.argv.slice(2);
const executor = sshExecutor(JSON.parse(options) as SshExecutorOptions);

const command = executor.spawn('echo on; sleep 60');
await command[Symbol.asyncIterator]().next();
const session = await executor.openSession();
const inSession = session.spawn('echo on; sleep 60');
await inSession[Symbol.asyncIterator]().next();
const terminal = await executor.openTerminal({ command: 'echo on; sleep 60' });
await new Promise((resolve) => terminal.stream.once('data', resolve));
await executor.forwardLocal({ listen: { port: 0 }, to: { port: 1 } });
await executor.forwardRemote({ listen: { port: 0 }, to: { port: 1 } });
const sending = executor.files.upload(upload, 'up').catch((fault: { code?: string }) => fault.code);

console.log('ready');
await new Promise((resolve) => process.stdin.once('data', resolve));
process.stdin.destroy();
await executor.close();
const outcomes = (await Promise.all([command.result, inSession.result, terminal.result])).map(({ outcome }) => outcome);
console.log([...outcomes, await sending].join(' '));
