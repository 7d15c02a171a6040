import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { CommandStream } from './command-stream.ts';

const BEGIN = '0123456789abcdef0123456789abcdef';
const END = 'Zm9vYmFyYmF6cXV4cXV1eA';

/** Notes how it is stopped and started. */
class Source extends Readable {
  readonly calls: string[] = [];

  override _read(): void {}

  override pause(): this {
    this.calls.push('pause');
    return super.pause();
  }

  override resume(): this {
    this.calls.push('resume');
    return super.resume();
  }
}

function stream(source: Readable = new Source()): CommandStream {
  return new CommandStream({ begin: BEGIN, end: END, source });
}

function feed(to: CommandStream, bytes: Buffer, at: readonly number[]): Buffer {
  const cuts = [...new Set(at.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const parts = [0, ...cuts].map((cut, i) => bytes.subarray(cut, cuts[i] ?? bytes.length)).filter((part) => part.length > 0);
  return Buffer.concat(parts.map((part) => to.hear(part)));
}

/** Output that looks much like frames. */
const piece = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc
    .constantFrom(BEGIN, `${BEGIN} started 1 2\n`, END.slice(0, 21), `${END.slice(0, 9)}${END.slice(0, 20)}`, ' end 0 none\n', '\n')
    .map((text) => Buffer.from(text)),
);
/** The end frame's nonce itself is in no output: the command never has it. */
const output = fc
  .array(piece, { maxLength: 6 })
  .map((parts) => Buffer.concat(parts))
  .filter((bytes) => !bytes.includes(END));
const cuts = fc.array(fc.nat(), { maxLength: 40 });

test('an end frame that comes with more than its reader wants leaves the stream to the next command', async () => {
  const source = new Source();
  const command = stream(source);
  const output = Buffer.alloc(100_000, 'x');
  command.hear(Buffer.concat([Buffer.from(`${BEGIN} started 12 345\n`), output, Buffer.from(`${END} end 0 none\n`)]));
  expect(command.isOver).toBe(true);
  expect(source.isPaused()).toBe(false);
  expect(await buffer(command)).toEqual(output);
});

test('gives what is between two frames byte for byte, wherever the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(output, fc.constantFrom('begin', 'started 12 345'), fc.nat(255), cuts, async (between, words, status, at) => {
      const command = stream();
      const read = buffer(command);
      const bytes = Buffer.concat([Buffer.from(`${BEGIN} ${words}\n`), between, Buffer.from(`${END} end ${status} some\n`)]);
      expect(feed(command, bytes, at).length).toBe(0);
      expect(await read).toEqual(between);
      expect(await command.begun).toEqual(words.split(' '));
      expect(await command.ended).toEqual(['end', String(status), 'some']);
      expect([command.isOver, command.strayBytes]).toEqual([true, 0]);
    }),
    { numRuns: 400 },
  );
});

test('a frame cut at every single byte is found, and what follows it is given back', async () => {
  const command = stream();
  const read = buffer(command);
  const bytes = Buffer.from(`${BEGIN} begin\nbody${END} end 3 none\nstray`);
  expect(feed(command, bytes, [...bytes.keys()]).toString()).toBe('stray');
  expect((await read).toString()).toBe('body');
});

test('what a command left goes on as its output, until the stream ends', async () => {
  const command = stream();
  const read = buffer(command);
  feed(command, Buffer.from(`${BEGIN} begin\na${END} end 0 held\nlate`), []);
  expect(await command.ended).toEqual(['end', '0', 'held']);
  expect(command.isOver).toBe(false);
  feed(command, Buffer.from('r'), []);
  command.shut();
  expect((await read).toString()).toBe('alater');
});

test('a refusal has no output, and its shell is free for the next command', async () => {
  const command = stream();
  expect(feed(command, Buffer.from(`${BEGIN} refused cwd\n${END} end 125 none\n`), []).length).toBe(0);
  expect(await command.begun).toEqual(['refused', 'cwd']);
  expect([command.isOver, command.strayBytes]).toEqual([true, 0]);
});

test('a stream that ends within its frame says so, and gives nothing of the frame', async () => {
  const command = stream();
  const read = buffer(command);
  feed(command, Buffer.from(`${BEGIN} begin\npart ${END.slice(0, 12)}`), []);
  command.shut();
  expect((await read).toString()).toBe('part ');
  expect(await command.ended).toBeUndefined();
});

test('what comes before the first frame belongs to no command', async () => {
  const command = stream();
  const read = buffer(command);
  feed(command, Buffer.from(`stray\n${BEGIN} begin\n${END} end 0 none\n`), []);
  expect((await read).length).toBe(0);
  expect(command.strayBytes).toBeGreaterThan(0);
});

test("without a first frame the first byte is the command's own, however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(output, cuts, async (body, at) => {
      const command = new CommandStream({ end: END, source: new Source() });
      const read = buffer(command);
      const rest = feed(command, Buffer.concat([Buffer.from(body), Buffer.from(`${END} end 0 none\n`)]), at);
      expect(rest.length).toBe(0);
      expect(await command.begun).toEqual([]);
      expect(await command.ended).toEqual(['end', '0', 'none']);
      expect(await read).toEqual(Buffer.from(body));
      expect(command.strayBytes).toBe(0);
    }),
  );
});

test('a reader that does not read stops the shell, and one that reads on lets it go on', () => {
  const source = new Source();
  const command = stream(source);
  feed(command, Buffer.from(`${BEGIN} begin\n`), []);
  command.hear(Buffer.alloc(100_000));
  expect(source.calls.at(-1)).toBe('pause');
  while (command.read() !== null) {}
  expect(source.calls.at(-1)).toBe('resume');
  command.destroy();
});

test('where the end of the shell overtakes its output, that is read however late it comes', async () => {
  const delivered = Promise.withResolvers<void>();
  const [waiting, hasty] = [delivered.promise, undefined].map(
    (promise) => new CommandStream({ begin: BEGIN, end: END, source: new Source(), ...(promise && { delivered: promise }) }),
  );
  const over: unknown[] = [];
  for (const command of [waiting, hasty]) {
    command?.hear(Buffer.from(`${BEGIN} started 1 2\nfirst`));
    void command?.readOn().then(() => over.push(command));
  }
  // Longer than what is on its way is waited for.
  await vi.waitFor(() => expect(over).toEqual([hasty]), 5_000);
  const read = waiting && buffer(waiting);
  waiting?.hear(Buffer.from(` last${END} end 0 none\n`));
  expect(String(await read)).toBe('first last');
  await vi.waitFor(() => expect(over).toContain(waiting));
});

test('what is delivered ends soon without an end frame', async () => {
  const command = new CommandStream({ begin: BEGIN, end: END, source: new Source(), delivered: Promise.resolve() });
  command.hear(Buffer.from(`${BEGIN} started 1 2\n`));
  await command.readOn();
  expect(command.isOver).toBe(false);
});

test('what its shell left is kept for a reader up to a bound, and counted beyond', async () => {
  const command = stream();
  command.hear(Buffer.from(`${BEGIN} started 1 2\n`));
  const over = command.readOn();
  for (let i = 0; i < 160; i += 1) command.hear(Buffer.alloc(65_536, i));
  command.hear(Buffer.from(`${END} end 0 none\n`));
  await over;
  const read = await buffer(command);
  expect([read.length, command.outputBytes, command.omittedBytes]).toEqual([8_388_608, 8_388_608, 160 * 65_536 - 8_388_608]);
  // Nothing closes up over what is missing.
  expect(read.at(-1)).toBe(127);
  expect(await command.ended).toEqual(['end', '0', 'none']);
});
