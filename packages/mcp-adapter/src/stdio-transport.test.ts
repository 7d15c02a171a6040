import { PassThrough, Writable } from 'node:stream';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { expect, test } from 'vitest';
import { StdioTransport } from './stdio-transport.ts';

const request = (id: number): JSONRPCMessage => ({ jsonrpc: '2.0', id, method: 'tools/list' });
const answer = (id: number): JSONRPCMessage => ({ jsonrpc: '2.0', id, result: {} });

/** Stdout of a client that reads nothing until `read()`. */
function stalled(): { readonly stdout: Writable; read(): void } {
  const gate = Promise.withResolvers<void>();
  const stdout = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void gate.promise.then(() => done()) });
  return { stdout, read: gate.resolve };
}

test('a client that does not read holds up the end for no longer than the bound', async () => {
  const { stdout } = stalled();
  const transport = new StdioTransport(new PassThrough(), stdout);
  await transport.start();
  void transport.send(answer(1));
  await transport.allSent(50);
  // Also of what is sent at the end nothing waits for it.
  await transport.send(answer(2));
  await transport.close();
  expect(stdout.writableLength).toBeGreaterThan(0);
});

test('the end waits for the answers to all requests, and for their way out', async () => {
  const { stdout, read } = stalled();
  const stdin = new PassThrough();
  const transport = new StdioTransport(stdin, stdout);
  const received = Promise.withResolvers<void>();
  transport.onmessage = () => received.resolve();
  await transport.start();
  stdin.end(`${JSON.stringify(request(1))}\n`);
  await received.promise;
  expect(await transport.inputEnd).toBeUndefined();
  let isOver = false;
  const over = transport.allSent(30_000).then(() => {
    isOver = true;
  });
  await transport.send(answer(1));
  expect(isOver).toBe(false);
  read();
  await over;
  expect(stdout.writableLength).toBe(0);
});

test('answers that wait for the client listen to nothing, however many: Node would warn of a leak on stderr', async () => {
  const { stdout, read } = stalled();
  const transport = new StdioTransport(new PassThrough(), stdout);
  await transport.start();
  const listeners = (): number[] => stdout.eventNames().map((name) => stdout.listenerCount(name));
  const before = listeners();
  const sent = Array.from({ length: 30 }, (_, id) => transport.send(answer(id)));
  expect(listeners()).toEqual(before);
  read();
  await Promise.all(sent);
  await transport.close();
});

test('a client that is gone ends the input, and a stdout that fails otherwise is a fault; neither throws when it fails later', async () => {
  for (const [code, fault] of [
    ['EPIPE', undefined],
    ['ECONNRESET', undefined],
    ['ENOSPC', { code: 'EXEC_CLOSED', message: expect.stringContaining('stdout cannot be written: no') }],
  ] as const) {
    const stdout = new PassThrough();
    const transport = new StdioTransport(new PassThrough(), stdout);
    await transport.start();
    stdout.emit('error', Object.assign(new Error('no'), { code }));
    if (fault === undefined) expect(await transport.inputEnd).toBeUndefined();
    else expect(await transport.inputEnd).toMatchObject(fault);
    await transport.close();
    expect(() => stdout.emit('error', new Error('late'))).not.toThrow();
  }
});

test('a stdin that cannot be read is a fault', async () => {
  const stdin = new PassThrough();
  const transport = new StdioTransport(stdin, new PassThrough());
  await transport.start();
  stdin.destroy(new Error('EISDIR'));
  expect(await transport.inputEnd).toMatchObject({
    code: 'EXEC_CLOSED',
    message: expect.stringContaining('stdin cannot be read: EISDIR'),
  });
  await transport.close();
});
