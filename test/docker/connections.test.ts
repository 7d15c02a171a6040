import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Duplex, Readable } from 'node:stream';
import { dockerExecutor } from '@errand/backend-docker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

describe.skipIf(DockerServer.isSkipped)('connections to a daemon', () => {
  let host: DockerHost;
  beforeAll(async () => {
    host = await startDockerHost(['busybox']);
  });
  afterAll(() => host.stop());

  const where = { mode: 'exec', image: 'errand/busybox', pull: 'never' } as const;

  it('are streams of the caller where connect says so, and all gone after close()', async () => {
    const sockets: Socket[] = [];
    const executor = dockerExecutor({
      ...where,
      connect: async () => {
        const socket = connect(host.server.socketPath);
        await once(socket, 'connect');
        sockets.push(socket);
        return socket;
      },
    });
    expect((await executor.exec('cat; exit 3', { stdin: 'through it' })).stdout.text).toBe('through it');
    await executor.close();
    await expect.poll(() => sockets.every(({ destroyed }) => destroyed)).toBe(true);
    expect(sockets.length).toBeGreaterThan(1);
  });

  it('need not be sockets', async () => {
    await using executor = dockerExecutor({
      ...where,
      connect: async () => {
        const socket = connect(host.server.socketPath);
        return Duplex.from({ readable: socket, writable: socket });
      },
    });
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
  });

  it('that cannot be opened are told with their reason', async () => {
    await using executor = dockerExecutor({ ...where, connect: () => Promise.reject(new Error('no way there')) });
    await expect(executor.exec(':')).rejects.toMatchObject({ code: 'EXEC_CONNECT', message: expect.stringContaining('no way there') });
  });

  it('may bring output long after the exit that another of them told, and nothing of it is lost', async () => {
    const exitTold = Promise.withResolvers<void>();
    const passOn = Promise.withResolvers<void>();
    async function* heldBack(socket: Socket): AsyncGenerator<Buffer> {
      for await (const piece of socket as AsyncIterable<Buffer>) {
        if (piece.includes('"Running":false')) exitTold.resolve();
        if (piece.includes('held back')) await passOn.promise;
        yield piece;
      }
    }
    await using executor = dockerExecutor({
      ...where,
      connect: async () => {
        const socket = connect(host.server.socketPath);
        return Duplex.from({ readable: Readable.from(heldBack(socket), { objectMode: false }), writable: socket });
      },
    });
    const result = executor.exec('echo at once; sleep 0.1; echo held back');
    await exitTold.promise;
    await executor.exec('sleep 0.3');
    passOn.resolve();
    expect((await result).stdout.text).toBe('at once\nheld back\n');
  });

  it('go to a TCP port as DOCKER_HOST has it', async () => {
    const server = createServer({ allowHalfOpen: true }, (client) => {
      const socket = connect({ path: host.server.socketPath, allowHalfOpen: true });
      client.pipe(socket).pipe(client);
      for (const stream of [client, socket]) stream.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const executor = dockerExecutor({ ...where, host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expect((await executor.exec('cat', { stdin: 'over TCP' })).stdout.text).toBe('over TCP');
    await executor.close();
    server.close();
    await once(server, 'close');
  });
});
