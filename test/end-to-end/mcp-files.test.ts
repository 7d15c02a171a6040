import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { type Executor, localExecutor } from '@errand/core';
import { registerTools, serveHttp } from '@errand/mcp-adapter';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { home } from './cli/config-home.ts';
import { type Answer, connect, GENERATIONS, type TestClient } from './mcp/clients.ts';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { temporaryDirectory } from './mcp/processes.ts';
import { stdioEndpoint } from './mcp/servers.ts';

const TOKEN = 'a-token-for-this-test-alone';
const FILE_TOOLS = ['read_file', 'write_file', 'list_directory'];

type Started = { connect(generation: (typeof GENERATIONS)[number]): Promise<TestClient> } & AsyncDisposable;

const SERVERS: Readonly<Record<string, () => Promise<Started>>> = {
  'errand serve --stdio': async () => {
    const { directory } = await home('version: 1\ntargets: { local: { kind: local, mcp: { files: write } } }\n');
    const endpoint = stdioEndpoint({ XDG_STATE_HOME: directory }, '--config', `${directory}/errand.yaml`);
    return { connect: (generation) => connect(generation, endpoint), [Symbol.asyncDispose]: async () => {} };
  },
  serveHttp: async () => {
    const executor = localExecutor();
    const server = await serveHttp(executor, { token: TOKEN, files: 'write' });
    return {
      connect: (generation) => connect(generation, { url: server.url, token: TOKEN }),
      [Symbol.asyncDispose]: async () => {
        await server.close();
        await executor.close();
      },
    };
  },
};

/** Reads a whole file page by page, and checks that each begins where the one before ended. */
async function pages(client: TestClient, path: string, encoding: 'text' | 'base64'): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  for (let offset = 0; ; ) {
    const { structuredContent: page = {}, text } = await client.call('read_file', { path, offset, max_bytes: 65_536, encoding });
    expect(page, text).toMatchObject({ offset });
    parts.push(Buffer.from(String(page['data']), encoding === 'base64' ? 'base64' : 'utf8'));
    offset = Number(page['next_offset']);
    if (page['at_end'] === true) return parts;
    expect(parts.at(-1)?.length).toBeGreaterThan(0);
  }
}

function entriesIn({ structuredContent }: Answer): readonly Record<string, unknown>[] {
  const entries = structuredContent?.['entries'];
  if (!Array.isArray(entries)) throw new Error('It lists nothing.');
  return entries as Record<string, unknown>[];
}

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.each(Object.entries(SERVERS))('%s', (_name, start) => {
  let server: Started;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => await server?.[Symbol.asyncDispose]());

  describe.each(GENERATIONS)('to a client %s', (generation) => {
    let client: TestClient;
    beforeAll(async () => {
      client = await server.connect(generation);
    });
    afterAll(async () => await client?.[Symbol.asyncDispose]());

    test('writes a file whole, which keeps its mode, and reads it', async () => {
      await using directory = await temporaryDirectory();
      const path = `${directory.path}/a file.txt`;
      const content = 'grüße\nsecond\n';
      const written = await client.call('write_file', { path, content, mode: '0640' });
      expect(written.structuredContent).toEqual({ path, target: 'local', written_bytes: 15 });
      expect((await stat(path)).mode & 0o777).toBe(0o640);
      const read = await client.call('read_file', { path });
      expect(read.structuredContent).toEqual({
        path,
        target: 'local',
        data: content,
        offset: 0,
        next_offset: 15,
        total_bytes: 15,
        at_end: true,
        modified_at: (await stat(path)).mtime.toISOString(),
      });
      expect(read.text).toContain('local: bytes 0 to 15 of 15, which is the end; ');
      await chmod(path, 0o755);
      const base64 = { path, content: 'AP8b', encoding: 'base64', mode: '600' };
      expect((await client.call('write_file', base64)).structuredContent).toMatchObject({ written_bytes: 3 });
      expect((await stat(path)).mode & 0o777).toBe(0o755);
      expect(await readFile(path)).toEqual(Buffer.from([0, 0xff, 0x1b]));
    });

    test('shows bytes that are no text, and what a terminal would obey, so that they do no harm', async () => {
      await using directory = await temporaryDirectory();
      const path = `${directory.path}/odd`;
      const bytes = Buffer.concat([Buffer.from('a\x1b[2Jé\x07\r\n'), Buffer.from([0xff, 0xc3])]);
      await writeFile(path, bytes);
      const read = await client.call('read_file', { path });
      expect(read.structuredContent).toMatchObject({
        data: 'a␛[2Jé␇\r\n\ufffd\ufffd',
        invalid_utf8: true,
        next_offset: bytes.length,
        at_end: true,
      });
      for (const control of ['\x1b', '\x07']) expect(read.text).not.toContain(control);
      expect(read.text).toContain('control characters are shown as pictures');
      const raw = await client.call('read_file', { path, encoding: 'base64' });
      expect(Buffer.from(String(raw.structuredContent?.['data']), 'base64')).toEqual(bytes);
      // No character is cut in two: the next page begins with it.
      expect((await client.call('read_file', { path, max_bytes: 6 })).structuredContent).toMatchObject({
        data: 'a␛[2J',
        next_offset: 5,
        at_end: false,
      });
      expect((await client.call('read_file', { path, offset: -4 })).structuredContent).toMatchObject({
        data: '\r\n\ufffd\ufffd',
        offset: bytes.length - 4,
      });
    });

    test('reads 10 MiB page by page, no byte more or less', async () => {
      await using directory = await temporaryDirectory();
      const path = `${directory.path}/much`;
      const bytes = randomBytes(10 * 1024 ** 2 + 7);
      await writeFile(path, bytes);
      const parts = await pages(client, path, 'base64');
      expect(parts).toHaveLength(161);
      expect(sha(Buffer.concat(parts))).toBe(sha(bytes));
      const text = Buffer.from(`${'ä€😀x'.repeat(30_000)}\n`);
      await writeFile(path, text);
      expect(sha(Buffer.concat(await pages(client, path, 'text')))).toBe(sha(text));
    });

    test('lists a directory, page by page, with names that do no harm', async () => {
      await using directory = await temporaryDirectory();
      const inside = `${directory.path}/inside`;
      await mkdir(inside);
      await Promise.all(Array.from({ length: 120 }, (_, i) => writeFile(`${inside}/f${String(i).padStart(3, '0')}`, 'x'.repeat(i))));
      await mkdir(`${inside}/0-sub`);
      await symlink('f000', `${inside}/0-link`);
      await writeFile(`${inside}/1\x1b[2J\nname`, '');
      const first = await client.call('list_directory', { path: inside });
      const entries = entriesIn(first);
      expect(entries).toHaveLength(100);
      expect(first.structuredContent).toMatchObject({ path: inside, target: 'local', total_entries: 123 });
      expect(entries.slice(0, 5)).toMatchObject([
        { name: '0-link', type: 'symlink' },
        { name: '0-sub', type: 'directory' },
        { name: '1␛[2J␊name', exact_name: '1\x1b[2J\nname', type: 'file', size_bytes: 0 },
        { name: 'f000' },
        { name: 'f001', type: 'file', size_bytes: 1, mode: expect.stringMatching(/^0[0-7]{3}$/), modified_at: expect.stringMatching(/Z$/) },
      ]);
      expect(first.text).not.toContain('\x1b');
      const cursor = first.structuredContent?.['next_cursor'];
      expect(first.text).toContain(`next_cursor is ${cursor}`);
      const second = await client.call('list_directory', { path: inside, cursor });
      expect(second.structuredContent).not.toHaveProperty('next_cursor');
      const names = [...entries, ...entriesIn(second)].map(({ name }) => name);
      expect(new Set(names).size).toBe(123);
    });

    test('refuses what is no file, or cannot be, and writes nothing', async () => {
      await using directory = await temporaryDirectory();
      execFileSync('mkfifo', [`${directory.path}/fifo`]);
      await writeFile(`${directory.path}/file`, 'old');
      const refused = async (tool: string, args: Record<string, unknown>): Promise<string> => {
        const { isError, text } = await client.call(tool, args);
        expect(isError, text).toBe(true);
        return text;
      };
      const { path: dir } = directory;
      expect(await refused('read_file', { path: dir })).toMatch(/^EXEC_INVALID_OPTION: path: .* is a directory, no regular file/);
      expect(await refused('read_file', { path: `${dir}/fifo` })).toMatch(/^EXEC_INVALID_OPTION: path: .* is a FIFO, no regular file/);
      expect(await refused('write_file', { path: `${dir}/fifo`, content: 'x' })).toMatch(/^EXEC_INVALID_OPTION: path: .* FIFO/);
      expect(await refused('write_file', { path: dir, content: 'x' })).toMatch(/^EXEC_INVALID_OPTION: path: .* directory/);
      expect(await refused('list_directory', { path: `${dir}/file` })).toMatch(/^EXEC_INVALID_OPTION: path: /);
      expect(await refused('read_file', { path: `${dir}/none` })).toMatch(/^EXEC_NOT_FOUND: There is no /);
      expect(await refused('write_file', { path: `${dir}/none/file`, content: 'x' })).toMatch(/^EXEC_NOT_FOUND: /);
      expect(await refused('read_file', { path: `${dir}/file`, offset: 4 })).toMatch(
        /^EXEC_INVALID_OPTION: offset: 4 is behind the end\. Allowed: 0 … 3/,
      );
      expect(await refused('read_file', { path: '' })).toMatch(/path/);
      expect(await refused('read_file', { path: `${dir}/file`, max_bytes: 65_537 })).toMatch(/max_bytes/);
      expect(await refused('write_file', { path: `${dir}/file`, content: 'eA', encoding: 'base64' })).toMatch(
        /^EXEC_INVALID_OPTION: content: it is no base64/,
      );
      expect(await refused('write_file', { path: `${dir}/file`, content: 'a\ud800' })).toMatch(
        /^EXEC_INVALID_OPTION: content: it holds half of a surrogate pair/,
      );
      expect(await refused('write_file', { path: `${dir}/file`, content: 'x', mode: '4755' })).toMatch(
        /is no mode\. Allowed: three octal digits/,
      );
      expect(await refused('write_file', { path: `${dir}/file`, content: 'x', append: true })).toMatch(/there is no argument append/);
      expect(await refused('list_directory', { path: dir, cursor: '?' })).toMatch(/^EXEC_INVALID_OPTION: cursor: /);
      expect(await refused('read_file', { path: `${dir}/file`, target: 'none' })).toMatch(/^EXEC_NOT_FOUND: target: /);
      expect(await readFile(`${dir}/file`, 'utf8')).toBe('old');
      // What tells no size is read all the same.
      expect((await client.call('read_file', { path: '/proc/self/status', max_bytes: 5 })).structuredContent).toMatchObject({
        data: 'Name:',
        next_offset: 5,
      });
    });
  });
});

describe.each(Object.entries(EMBEDDINGS))('in an McpServer of SDK %s', (_version, embed) => {
  const executors: Executor[] = ['none', 'read', 'write'].map((name) => localExecutor({ name }));
  afterAll(async () => void (await Promise.all(executors.map((executor) => executor.close()))));
  const [none, read, write] = executors as [Executor, Executor, Executor];

  async function offered(targets: Parameters<typeof registerTools>[1], options: object = {}): Promise<string[]> {
    const { server, connect: connectTo } = embed();
    await using _tools = registerTools(server, targets, options);
    await using client = await connectTo();
    return (await client.tools()).map(({ name }) => name).filter((name) => FILE_TOOLS.includes(name));
  }

  test('tools about files are offered where some target allows them', async () => {
    expect(await offered(executors)).toEqual([]);
    expect(await offered(executors, { files: 'none' })).toEqual([]);
    expect(await offered([none, { executor: read, files: 'read' }])).toEqual(['read_file', 'list_directory']);
    expect(await offered([none, { executor: write, files: 'write' }])).toEqual(FILE_TOOLS);
    expect(await offered([{ executor: none, files: 'none' }], { files: 'write' })).toEqual([]);
    expect(await offered(none, { files: 'write', include: ['run_command', 'read_file'] })).toEqual(['read_file']);
    expect(() => registerTools(embed().server, none, { include: ['read_file'] })).toThrow(
      /^include: 'read_file' is offered where a target allows it alone\. Allowed: it with files: read or write/,
    );
    expect(() => registerTools(embed().server, [{ executor: none, files: 'all' as 'read' }])).toThrow(
      /^executors: the files of 'none' cannot be 'all'\. Allowed: none, read, write/,
    );
  });

  test('each call is checked for its target, and a refusal names the option', async () => {
    await using directory = await temporaryDirectory();
    const path = `${directory.path}/file`;
    await writeFile(path, 'old');
    const { server, connect: connectTo } = embed();
    const targets = [none, { executor: read, files: 'read' as const }, { executor: write, files: 'write' as const }];
    await using _tools = registerTools(server, targets, { defaultTarget: 'none' });
    await using client = await connectTo();
    const outcome = async (tool: string, target?: string): Promise<string | undefined> => {
      const args = {
        path: tool === 'list_directory' ? directory.path : path,
        ...(target && { target }),
        ...(tool === 'write_file' && { content: 'new' }),
      };
      const { isError, text } = await client.call(tool, args);
      return isError ? text : undefined;
    };
    const refusal = (target: string, has: string, needs: string): string =>
      `EXEC_PERMISSION: The option files of target '${target}' is '${has}', and this needs '${needs}' (in errand.yaml: mcp: { files: ${needs} }). Use another target.`;
    for (const target of [undefined, 'none']) {
      expect(await outcome('read_file', target)).toBe(refusal('none', 'none', 'read'));
      expect(await outcome('list_directory', target)).toBe(refusal('none', 'none', 'read'));
      expect(await outcome('write_file', target)).toBe(refusal('none', 'none', 'write'));
    }
    expect(await outcome('write_file', 'read')).toBe(refusal('read', 'read', 'write'));
    expect(await readFile(path, 'utf8')).toBe('old');
    for (const [tool, target] of [
      ['read_file', 'read'],
      ['list_directory', 'read'],
      ['read_file', 'write'],
      ['list_directory', 'write'],
      ['write_file', 'write'],
    ] as const)
      expect(await outcome(tool, target)).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe('new');
    const listed = await client.call('list_targets');
    expect(listed.structuredContent).toEqual({
      targets: [
        { name: 'none', default: true },
        { name: 'read', files: 'read' },
        { name: 'write', files: 'write' },
      ],
    });
    expect(listed.text).toContain('read (files: read)');
  });
});
