import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { type Executor, localExecutor } from '@errand/core';
import { type ConfiguredTools, registerTools, type ToolOptions } from '@errand/mcp-adapter';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, TestClient } from './mcp/clients.ts';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { endOf } from './mcp/jobs.ts';
import { temporaryDirectory } from './mcp/processes.ts';

/** Prints each of its arguments in brackets. */
const SHOW = ['sh', '-c', 'printf "[%s]" "$@"', 'sh'];

/** What would be something else if any of it were parsed. */
const HOSTILE = [
  "it's",
  '$(touch "$CANARY")',
  '`touch "$CANARY"`',
  '"; touch "$CANARY"; "',
  '\'; touch "$CANARY"; \'',
  '\n touch "$CANARY"\n',
  '&& touch "$CANARY" #',
  '*',
  '~',
  '{value}',
  '{other}',
  '$ERRAND_OTHER',
  '${IFS}x',
  '\\',
  '\\n',
  '%s%n',
  '!!',
  ' \t\n',
  '\r\n',
  '',
  'é漢𝒳\u00a0\u202e',
  '\u001b]0;x\u0007',
  '=x',
  'PATH=/nowhere',
  'x'.repeat(4_096),
];

describe.each(Object.entries(EMBEDDINGS))('configured tools in an McpServer of SDK %s', (_version, embed) => {
  const executors: Executor[] = ['a', 'b', 'c'].map((name) => localExecutor({ name }));
  const [a, b, c] = executors as [Executor, Executor, Executor];
  let directory: { readonly path: string } & AsyncDisposable;
  let canary: string;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    canary = `${directory.path}/canary`;
  });
  afterAll(async () => {
    await Promise.all(executors.map((executor) => executor.close()));
    await directory[Symbol.asyncDispose]();
  });

  /** Does something with a client of a server that has these tools. */
  async function using<T>(tools: ConfiguredTools, work: (client: TestClient) => Promise<T>, options: ToolOptions = {}): Promise<T> {
    const { server, connect } = embed();
    const targets = [a, { executor: b, labels: { env: 'test', size: 'big' } }, { executor: c, labels: { env: 'test' } }];
    await using _tools = registerTools(server, targets, { defaultTarget: 'a', tools, ...options });
    await using client = await connect();
    return await work(client);
  }

  const stdout = ({ structuredContent, text }: Answer): unknown => structuredContent?.['stdout'] ?? text;

  test('are tools of their own, by the prefix and the name, with what a caller may give', async () => {
    const tools: ConfiguredTools = {
      disk_usage: {
        description: 'Free space',
        argv: ['df', '-h', '--', '{path}'],
        parameters: { path: { type: 'path', root: '/', default: '/' } },
        readOnly: true,
      },
      deploy: { targets: { env: 'test' }, script: ':', parameters: { ref: { type: 'string', pattern: '^[a-z0-9.-]+$' } } },
    };
    const listed = await using(tools, async (client) => await client.tools(), { prefix: 'my-', include: ['list_targets'] });
    expect(listed.map(({ name }) => name)).toEqual(['my-disk_usage', 'my-deploy', 'my-list_targets']);
    expect(listed[0]).toMatchObject({
      description: 'Free space',
      annotations: { readOnlyHint: true, destructiveHint: false },
      inputSchema: { properties: { path: { type: 'string', default: '/', description: 'A path below /.' }, target: { type: 'string' } } },
    });
    expect(listed[0]).not.toHaveProperty('inputSchema.required');
    expect(listed[1]).toMatchObject({
      annotations: { readOnlyHint: false, destructiveHint: true },
      inputSchema: {
        properties: {
          ref: { type: 'string', pattern: '^[a-z0-9.-]+$' },
          target: { description: 'One of: b, c.' },
          idempotency_key: { type: 'string' },
        },
        required: ['ref'],
      },
    });
  });

  test('give values to argv as elements, whatever is in them', async () => {
    const tools: ConfiguredTools = {
      show: {
        argv: [...SHOW, '{value}', 'literal', '{list}', '{other}', '{flag}', '{n}'],
        env: { CANARY: canary },
        parameters: {
          value: { type: 'string', allowDash: true },
          list: { type: 'list', optional: true },
          other: { type: 'string', optional: true },
          flag: { type: 'boolean', default: false },
          n: { type: 'number', default: 1.5 },
        },
      },
    };
    await using(tools, async (client) => {
      for (const value of HOSTILE) {
        const answer = await client.call('show', { value, list: [value.replace(/^-/, ''), 'b'], n: 1e-7 });
        expect(answer.isError, answer.text).toBe(false);
        // The reply shows controls as pictures.
        const shown = String(stdout(answer)).replaceAll(/[\u2400-\u241f]/g, (picture) =>
          String.fromCharCode(picture.charCodeAt(0) - 0x2400),
        );
        expect(shown.replaceAll('\r', '')).toBe(`[${value}][literal][${value}][b][false][1e-7]`.replaceAll('\r', ''));
      }
      expect(stdout(await client.call('show', { value: '--force', other: 'x', flag: true, list: [] }))).toBe(
        '[--force][literal][x][true][1.5]',
      );
    });
    expect(existsSync(canary)).toBe(false);
  });

  test.each([
    ['in a process of its own', {}],
    ['in a session', { session: 's' }],
  ])('give values to a script as variables %s, whatever is in them', async (_where, where) => {
    const tools: ConfiguredTools = {
      show: {
        script: 'printf "[%s]" "$ERRAND_VALUE" "${ERRAND_OTHER-absent}" "$ERRAND_LIST"',
        env: { CANARY: canary, ERRAND_OTHER: 'from the environment' },
        parameters: {
          value: { type: 'string', allowDash: true },
          other: { type: 'string', optional: true },
          list: { type: 'list', default: ['d'] },
        },
        ...where,
      },
    };
    await using(tools, async (client) => {
      expect(stdout(await client.call('show', { value: 'x', other: 'y' }))).toBe('[x][y][d]');
      for (const value of HOSTILE) {
        const answer = await client.call('show', { value, list: ['1', '2'] });
        expect(answer.isError, answer.text).toBe(false);
        const shown = String(stdout(answer)).replaceAll(/[\u2400-\u241f]/g, (picture) =>
          String.fromCharCode(picture.charCodeAt(0) - 0x2400),
        );
        expect(shown.replaceAll('\r', '')).toBe(`[${value}][absent][1\n2]`.replaceAll('\r', ''));
      }
    });
    expect(existsSync(canary)).toBe(false);
  });

  test('have parameters named as what shells and loaders heed, which is nothing to them', async () => {
    const names = ['path', 'ifs', 'env', 'bash_env', 'ld_preload', 'ld_library_path', 'constructor', 'ps4'];
    const parameters = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
    const args = Object.fromEntries(names.map((name) => [name, `${canary}.so`]));
    const tools: ConfiguredTools = {
      show: { script: 'env | grep -c "^ERRAND_.*=.*canary"; env | grep canary | grep -v ^ERRAND_ | wc -l; id -u', parameters },
    };
    const answer = await using(tools, async (client) => await client.call('show', args));
    expect(stdout(answer)).toMatch(new RegExp(`^${names.length}\\n *0\\n\\d+\\n$`));
  });

  test('refuse what is not as it is declared, before anything starts', async () => {
    const tools: ConfiguredTools = {
      act: {
        argv: ['touch', canary, '{ref}', '{n}'],
        parameters: { ref: { type: 'string', pattern: '^[a-z0-9.-]+$' }, n: { type: 'integer', default: 1 } },
      },
      show: {
        argv: [...SHOW, '{n}', '{ref}'],
        parameters: { n: { type: 'integer', default: 1 }, ref: { type: 'string', optional: true } },
      },
    };
    await using(tools, async (client) => {
      // Some clients and SDKs leave it out, and some refuse it: it never counts.
      const proto = await client.call('show', JSON.parse('{"__proto__":{"n":7,"ref":"x"}}'));
      expect(proto.isError || stdout(proto) === '[1]', proto.text).toBe(true);
      const refused = async (args: Record<string, unknown>): Promise<string> => {
        // The v2 SDK of 2026 answers with an error of the protocol.
        const answer = await client.call('act', args).catch((error: Error) => ({ isError: true, text: error.message }));
        expect(answer.isError, answer.text).toBe(true);
        return answer.text;
      };
      expect(await refused({})).toContain('ref');
      expect(await refused({ ref: '-rf' })).toContain("begins with '-'");
      expect(await refused({ ref: '--reference=/etc/passwd' })).toContain("begins with '-'");
      expect(await refused({ ref: 'a b' })).toContain('does not match');
      expect(await refused({ ref: 'a\n' })).toContain('does not match');
      expect(await refused({ ref: ['a'] })).toContain('expected string');
      expect(await refused({ ref: 'a', n: '2' })).toContain('expected number');
      expect(await refused({ ref: 'a', n: -2 })).toContain('is too small');
      expect(await refused({ ref: 'a', argv: ['sh'] })).toContain('there is no argument argv');
      for (const other of ['cwd', 'env', 'stdin', 'timeout_ms', 'command', 'session', 'background'])
        expect(await refused({ ref: 'a', [other]: 'x' })).toContain(`there is no argument ${other}`);
      expect(await refused({ ref: 'a', target: 'nowhere' })).toContain('EXEC_NOT_FOUND');
      expect(await refused({ ref: 'a', constructor: 'x' })).toContain('there is no argument constructor');
    });
    expect(existsSync(canary)).toBe(false);
  });

  test("take a value that begins with '-' only where its element follows '--'", async () => {
    const parameters = { value: { type: 'string' }, more: { type: 'list', optional: true } } as const;
    const tools: ConfiguredTools = {
      behind: { argv: [...SHOW, '--', '{more}', '{value}'], parameters },
      // What stands between may be a program with options of its own.
      between: { argv: ['env', '--', ...SHOW, '{more}', '{value}'], parameters },
      twice: { argv: [...SHOW, '{value}', '--', '{more}', '{value}'], parameters },
      script: { script: 'printf "[%s]" -- "$ERRAND_VALUE"', parameters },
    };
    await using(tools, async (client) => {
      expect(stdout(await client.call('behind', { value: '-v', more: ['-x', '--y'] }))).toBe('[--][-x][--y][-v]');
      for (const tool of ['between', 'twice', 'script']) {
        const answer = await client.call(tool, { value: '-v' }).catch((error: Error) => ({ isError: true, text: error.message }));
        expect(answer.isError, tool).toBe(true);
        expect(answer.text).toContain("begins with '-'");
      }
    });
  });

  test('take a path below its root alone, wherever symbolic links lead', async () => {
    const root = `${directory.path}/root`;
    await mkdir(`${root}/a`, { recursive: true });
    await writeFile(`${root}/a/file`, 'inside');
    await writeFile(`${directory.path}/secret`, 'outside');
    await symlink('a', `${root}/link`);
    await symlink('../secret', `${root}/out`);
    await symlink('..', `${root}/up`);
    const tools: ConfiguredTools = {
      read: { argv: ['cat', '{file}'], parameters: { file: { type: 'path', root } } },
      where: { script: 'printf %s "$ERRAND_FILE"', parameters: { file: { type: 'path', root, default: 'link' } } },
    };
    await using(tools, async (client) => {
      for (const file of ['a/file', 'link/file', `${root}/a/file`, './/a/file'])
        expect(stdout(await client.call('read', { file })), file).toBe('inside');
      expect(stdout(await client.call('where', { file: 'link/file' }))).toBe(`${root}/a/file`);
      expect(stdout(await client.call('where', {}))).toBe(`${root}/a`);
      for (const file of ['out', 'up/secret', 'up', `${directory.path}/secret`, '/etc/passwd', `${root}x`]) {
        const { isError, text } = await client.call('read', { file });
        expect(isError, file).toBe(true);
        expect(text).toMatch(/^EXEC_PERMISSION: file: it leads to what is not below /);
      }
      expect((await client.call('read', { file: 'none/file' })).text).toMatch(/^EXEC_NOT_FOUND: file: there is no "none\/file" below /);
    });
  });

  test('run where they may, and where they are told to among these', async () => {
    const tools: ConfiguredTools = {
      all: { argv: ['true'] },
      named: { targets: ['c'], argv: ['true'] },
      labelled: { targets: { env: 'test' }, argv: ['true'] },
      when: { targets: { env: 'test' }, when: { labels: { size: 'big' } }, argv: ['true'] },
    };
    await using(tools, async (client) => {
      const ran = async (tool: string, target?: string): Promise<unknown> => {
        const { structuredContent } = await client.call(tool, target === undefined ? {} : { target });
        return structuredContent?.['target'] ?? structuredContent?.['code'];
      };
      expect(await ran('all')).toBe('a');
      expect(await ran('all', 'b')).toBe('b');
      expect(await ran('named')).toBe('c');
      expect(await ran('labelled')).toBe('EXEC_INVALID_OPTION');
      expect(await ran('labelled', 'b')).toBe('b');
      expect(await ran('labelled', 'a')).toBe('EXEC_NOT_FOUND');
      expect(await ran('when')).toBe('b');
    });
    for (const targets of [['none'], { env: 'prod' }])
      expect(() => registerTools(embed().server, a, { tools: { t: { targets, argv: ['true'] } } })).toThrow(
        expect.objectContaining({ code: 'EXEC_INVALID_OPTION', detail: { option: 'tools.t.targets' } }),
      );
  });

  test('are refused on a target that is not well, where they want that', async () => {
    const gone = localExecutor({ name: 'gone' });
    await gone.close();
    const { server, connect } = embed();
    const tools: ConfiguredTools = { t: { argv: ['true'], when: { healthy: true } } };
    await using _tools = registerTools(server, [a, gone], { tools, defaultTarget: 'a' });
    await using client = await connect();
    expect((await client.call('t')).structuredContent).toMatchObject({ ok: true });
    const { isError, text } = await client.call('t', { target: 'gone' });
    expect(isError).toBe(true);
    expect(text).toMatch(/^EXEC_UNAVAILABLE: Target 'gone' is not well, as this tool wants it: .*Nothing was started\.$/);
  });

  test('can be all that there is; then a call waits for its end', async () => {
    const tools: ConfiguredTools = { one: { argv: ['sh', '-c', 'sleep 1; echo ended'] } };
    await using(
      tools,
      async (client) => {
        expect((await client.tools()).map(({ name }) => name)).toEqual(['one']);
        expect((await client.call('one')).structuredContent).toMatchObject({ state: 'ended', stdout: 'ended\n' });
      },
      { include: [] },
    );
  });

  test('end after their timeout, with what they started', async () => {
    const tools: ConfiguredTools = { slow: { argv: ['sleep', '3600'], timeoutMs: 300 } };
    const answer = await using(tools, async (client) => await client.call('slow'));
    expect(answer.structuredContent).toMatchObject({ outcome: 'timed-out', timeout_ms: 300 });
  });

  test('are held to their limits', async () => {
    const tools: ConfiguredTools = {
      write: { script: 'head -c 100000 /dev/zero >"$F"', env: { F: `${directory.path}/big` }, limits: { fileBytes: 512 } },
    };
    const answer = await using(tools, async (client) => await client.call('write'));
    expect(answer.structuredContent).toMatchObject({ ok: false });
  });

  test('run steps one after another, and none after the first that fails', async () => {
    const log = `${directory.path}/log`;
    const parameters = { ref: { type: 'string' }, more: { type: 'list', optional: true } } as const;
    const step = (text: string): { script: string } => ({ script: `echo "${text} $ERRAND_REF" >>"$LOG"` });
    const tools: ConfiguredTools = {
      works: { steps: [{ argv: [...SHOW, '{ref}', '{more}'] }, { script: 'printf "<%s>" "$ERRAND_REF"' }, { argv: ['true'] }], parameters },
      fails: {
        steps: [step('one'), { name: 'the test', script: 'echo no; exit 7' }, step('three')],
        env: { LOG: log },
        parameters: { ref: { type: 'string' } },
      },
      missing: { steps: [{ argv: ['no-such-program'] }, step('two')], env: { LOG: log }, parameters: { ref: { type: 'string' } } },
      session: {
        session: 's',
        steps: [
          { script: 'cd /; X=kept # a comment' },
          { script: 'pwd; echo "$X $ERRAND_REF"' },
          { script: 'false' },
          { script: 'echo never' },
        ],
        parameters: { ref: { type: 'string' } },
      },
    };
    await using(tools, async (client) => {
      const ref = `$(touch ${canary}) "'`;
      expect((await client.call('works', { ref, more: ['a b', ''] })).structuredContent).toMatchObject({
        ok: true,
        stdout: `[${ref}][a b][]<${ref}>`,
      });
      expect((await client.call('fails', { ref: 'x' })).structuredContent).toMatchObject({
        exit_code: 7,
        stdout: 'no\n',
        stderr: 'errand: step 2 of 3 (the test) failed with exit code 7; none after it was run\n',
      });
      expect(await readFile(log, 'utf8')).toBe('one x\n');
      expect((await client.call('missing', { ref: 'x' })).structuredContent).toMatchObject({
        exit_code: 127,
        stderr: expect.stringContaining('step 1 of 2 failed'),
      });
      expect(await readFile(log, 'utf8')).toBe('one x\n');
      expect((await client.call('session', { ref })).structuredContent).toMatchObject({
        exit_code: 1,
        session_state: 'new',
        stdout: `/\nkept ${ref}\n`,
        stderr: 'errand: step 3 of 4 failed with exit code 1; none after it was run\n',
      });
    });
    expect(existsSync(canary)).toBe(false);
  });

  test("run in a session of the caller's, where they are to", async () => {
    const tools: ConfiguredTools = {
      go: { session: 's', script: 'cd "$ERRAND_TO"', parameters: { to: { type: 'path', root: '/' } }, cwd: '/usr' },
      where: { session: 's', script: 'pwd', cwd: '/var', readOnly: true },
    };
    await using(tools, async (client) => {
      expect((await client.call('where')).structuredContent).toMatchObject({ stdout: '/var\n', session_state: 'new' });
      await client.call('go', { to: '/tmp' });
      expect((await client.call('where')).structuredContent).toMatchObject({ stdout: '/tmp\n', session_state: 'kept' });
      expect((await client.call('run_command', { session: 's', command: 'pwd' })).structuredContent).toMatchObject({ stdout: '/tmp\n' });
      expect((await client.call('close_session', { session: 's' })).isError).toBe(false);
    });
  });

  test('give JSON that meets their schema, or say that it does not', async () => {
    const schema = { type: 'object', properties: { free: { type: 'integer' } }, required: ['free'], additionalProperties: false };
    const tools: ConfiguredTools = {
      json: {
        script: 'printf %s "$ERRAND_TEXT"; exit "$ERRAND_CODE"',
        parameters: { text: { type: 'string', maxLength: 65_536 }, code: { type: 'integer', default: 0 } },
        output: { type: 'json', schema },
      },
      any: {
        script: 'head -c "$ERRAND_N" /dev/zero | tr "\\\\0" "["',
        parameters: { n: { type: 'integer' } },
        output: { type: 'json', schema: {} },
      },
    };
    await using(tools, async (client) => {
      const good = await client.call('json', { text: '{"free":7}' });
      expect(good).toMatchObject({ isError: false, structuredContent: { ok: true, json: { free: 7 } } });
      expect(good.text).toContain('{"free":7}');
      const bad = async (tool: string, args: Record<string, unknown>): Promise<unknown> => {
        const { isError, structuredContent, text } = await client.call(tool, args);
        expect(isError).toBe(false);
        expect(structuredContent).not.toHaveProperty('json');
        const why = structuredContent?.['json_error'];
        expect(text).toContain(`json: not as this tool promises it: ${String(why)}`);
        return why;
      };
      expect(await bad('json', { text: '{"free":"7"}' })).toBe('stdout/free must be integer');
      expect(await bad('json', { text: '{"free":7,"__proto__":1}' })).toBe('stdout must NOT have additional properties');
      expect(await bad('json', { text: 'no' })).toBe('stdout is no JSON');
      expect(await bad('any', { n: 70_000 })).toBe('stdout has 70000 bytes, and JSON may have 65536');
      expect(await bad('any', { n: 60_000 })).toBe('stdout is no JSON');
      const failed = await client.call('json', { text: 'no', code: 3 });
      expect(failed.structuredContent).toMatchObject({ exit_code: 3, stdout: 'no' });
      expect(failed.structuredContent).not.toHaveProperty('json_error');
      const deep = `${'['.repeat(70)}${']'.repeat(70)}`;
      expect(await bad('json', { text: deep })).toBe('stdout has more than 64 levels');
    });
  });

  test('give a file that they made, as what it is', async () => {
    const made = `${directory.path}/made`;
    const parameters = { content: { type: 'string' } } as const;
    const script = 'printf %s "$ERRAND_CONTENT" >"$MADE"';
    const env = { MADE: made };
    const tools: ConfiguredTools = {
      text: { script, env, parameters, output: { type: 'file', path: made } },
      image: { script: 'printf "\\\\377\\\\000" >"$MADE"', env, output: { type: 'file', path: made, mimeType: 'image/png' } },
      bytes: { script: 'printf "\\\\377\\\\000" >"$MADE"', env, output: { type: 'file', path: made } },
      short: { script, env, parameters, output: { type: 'file', path: made, maxBytes: 3 } },
      none: { script: 'rm -f "$MADE"', env, output: { type: 'file', path: made } },
      swapped: {
        script: 'ln -s /etc/passwd "$ERRAND_FILE"',
        parameters: { file: { type: 'path', root: directory.path } },
        output: { type: 'file', path: '{file}' },
      },
      chosen: {
        argv: ['true', '{file}'],
        parameters: { file: { type: 'path', root: directory.path } },
        output: { type: 'file', path: '{file}' },
      },
    };
    await using(tools, async (client) => {
      const { content, text, structuredContent } = await client.call('text', { content: 'made\u001b' });
      expect(text).toMatch(new RegExp(`\nfile: ${made}, 5 bytes\nmade\u241b$`));
      expect(structuredContent).toMatchObject({ file: made, file_bytes: 5 });
      expect(content).toHaveLength(3);
      expect((await client.call('image')).content?.at(-1)).toEqual({ type: 'image', data: '/wA=', mimeType: 'image/png' });
      expect((await client.call('bytes')).content?.at(-1)).toEqual({
        type: 'resource',
        resource: { uri: `errand://a${made}`, mimeType: 'application/octet-stream', blob: '/wA=' },
      });
      const short = await client.call('short', { content: 'long' });
      expect(short.structuredContent).toMatchObject({ ok: true, file_error: expect.stringMatching(/^EXEC_OUTPUT_OMITTED: /) });
      expect((await client.call('none')).text).toMatch(/is not given: EXEC_NOT_FOUND/);
      await writeFile(made, 'chosen');
      expect((await client.call('chosen', { file: 'made' })).text).toMatch(/chosen$/);
      const swapped = await client.call('swapped', { file: 'new' });
      expect(swapped.structuredContent).toMatchObject({ ok: true, file_error: expect.stringMatching(/^EXEC_PERMISSION/) });
      expect(swapped.text).not.toContain('root:');
      expect((await client.call('chosen', { file: '/etc/passwd' })).text).toMatch(/^EXEC_PERMISSION/);
    });
  });

  test('that write much, or run long, are jobs of their caller', async () => {
    const tools: ConfiguredTools = {
      much: { script: 'head -c 40000 /dev/zero | tr "\\\\0" x; echo "$ERRAND_END"', parameters: { end: { type: 'string' } } },
    };
    await using(tools, async (client) => {
      const { structuredContent } = await client.call('much', { end: 'the end' });
      const jobId = String(structuredContent?.['job_id']);
      expect(await endOf(client, jobId)).toMatchObject({ total_bytes: 40_008 });
      expect((await client.call('read_output', { job_id: jobId, offset: -8 })).structuredContent).toMatchObject({ data: 'the end\n' });
      expect((await client.call('list_jobs')).text).toMatch(/; much$/m);
      expect((await client.call('write_stdin', { job_id: jobId, data: 'x' })).isError).toBe(true);
    });
  });

  test('are not run twice under one key', async () => {
    const log = `${directory.path}/once`;
    const tools: ConfiguredTools = {
      once: { script: 'echo "$ERRAND_X" >>"$LOG"', env: { LOG: log }, parameters: { x: { type: 'string' } } },
    };
    await using(tools, async (client) => {
      const call = async (x: string): Promise<Answer> => await client.call('once', { x, idempotency_key: 'k' });
      const [first, second] = [await call('x'), await call('x')];
      expect(second.structuredContent?.['execution_id']).toBe(first.structuredContent?.['execution_id']);
      expect((await call('y')).text).toMatch(/^EXEC_CONFLICT/);
    });
    expect(await readFile(log, 'utf8')).toBe('x\n');
  });

  test('take few characters beside what is said of them', async () => {
    const described: ConfiguredTools = {
      disk_usage: {
        description: 'Free space',
        targets: { env: 'test' },
        argv: ['df', '-h', '--', '{path}'],
        parameters: { path: { type: 'path', root: '/srv', default: '/srv' } },
        readOnly: true,
      },
      deploy: {
        description: 'Deploy a ref',
        targets: ['b'],
        script: ':',
        parameters: { ref: { type: 'string', pattern: '^[a-z0-9.-]+$' } },
      },
    };
    const listed = await using(described, async (client) => await client.tools(), { include: ['list_targets'] });
    const [disk = '', deploy = ''] = listed.map((tool) => JSON.stringify(tool));
    expect(disk.length).toBeLessThan(420);
    expect(deploy.length).toBeLessThan(450);
  });
});
