import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { commandStreams } from './command-streams.ts';
import { ShellStream } from './shell-stream.ts';

const BEGIN = '0123456789abcdef0123456789abcdef';
const END = 'Zm9vYmFyYmF6cXV4cXV1eA';
const FRAMES = { begins: { stdout: BEGIN, stderr: BEGIN }, end: END };

/** Lets what was written be heard. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('much of one stream that comes before the frame of the other is taken, and held back once both have begun', async () => {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const { stdout, stderr } = commandStreams({ stdout: new ShellStream(out, () => {}), stderr: new ShellStream(err, () => {}) }, FRAMES);
  out.write(`${BEGIN} started 1 2\n`);
  for (let i = 0; i < 32; i += 1) out.write(Buffer.alloc(65_536));
  await turn();
  expect(out.isPaused()).toBe(false);
  expect(stdout.readableLength).toBe(32 * 65_536);
  err.write(`${BEGIN} begin\n`);
  await stderr.begun;
  await turn();
  expect(out.isPaused()).toBe(true);
  stdout.read();
  expect(out.isPaused()).toBe(false);
});

test('what never begins on one stream is held back all the same, once it is too much', async () => {
  const [out, err] = [new PassThrough(), new PassThrough()];
  commandStreams({ stdout: new ShellStream(out, () => {}), stderr: new ShellStream(err, () => {}) }, FRAMES);
  out.write(`${BEGIN} started 1 2\n`);
  for (let i = 0; i < 200 && !out.isPaused(); i += 1) {
    out.write(Buffer.alloc(65_536));
    await turn();
  }
  expect(out.isPaused()).toBe(true);
});
