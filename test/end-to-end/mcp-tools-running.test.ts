import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { localExecutor } from '@errand/core';
import { type ConfiguredTools, registerTools } from '@errand/mcp-adapter';
import { describe, expect, test } from 'vitest';
import type { Answer } from './mcp/clients.ts';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { endOf } from './mcp/jobs.ts';
import { ToolsRig } from './mcp/tools-rig.ts';

/** Prints each of its arguments in brackets. */
const SHOW = ['sh', '-c', 'printf "[%s]" "$@"', 'sh'];

describe.each(Object.entries(EMBEDDINGS))('how configured tools run, in an McpServer of SDK %s', (_version, embed) => {
  const rig = new ToolsRig(embed);

  test('run where they may, and where they are told to among these', async () => {
    const tools: ConfiguredTools = {
      all: { argv: ['true'] },
      named: { targets: ['c'], argv: ['true'] },
      labelled: { targets: { env: 'test' }, argv: ['true'] },
      when: { targets: { env: 'test' }, when: { labels: { size: 'big' } }, argv: ['true'] },
    };
    await rig.using(tools, async (client) => {
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
      expect(() => registerTools(embed().server, rig.a, { tools: { t: { targets, argv: ['true'] } } })).toThrow(
        expect.objectContaining({ code: 'EXEC_INVALID_OPTION', detail: { option: 'tools.t.targets' } }),
      );
  });

  test('are refused on a target that is not well, where they want that', async () => {
    const gone = localExecutor({ name: 'gone' });
    await gone.close();
    const { server, connect } = embed();
    const tools: ConfiguredTools = { t: { argv: ['true'], when: { healthy: true } } };
    await using _tools = registerTools(server, [rig.a, gone], { tools, defaultTarget: 'a' });
    await using client = await connect();
    expect((await client.call('t')).structuredContent).toMatchObject({ ok: true });
    const { isError, text } = await client.call('t', { target: 'gone' });
    expect(isError).toBe(true);
    expect(text).toMatch(/^EXEC_UNAVAILABLE: Target 'gone' is not well, as this tool wants it: .*Nothing was started\.$/);
  });

  test('end after their timeout, with what they started', async () => {
    const tools: ConfiguredTools = { slow: { argv: ['sleep', '3600'], timeoutMs: 300 } };
    const answer = await rig.using(tools, async (client) => await client.call('slow'));
    expect(answer.structuredContent).toMatchObject({ outcome: 'timed-out', timeout_ms: 300 });
  });

  test('are held to their limits', async () => {
    const tools: ConfiguredTools = {
      write: { script: 'head -c 100000 /dev/zero >"$F"', env: { F: `${rig.path}/big` }, limits: { fileBytes: 512 } },
    };
    const answer = await rig.using(tools, async (client) => await client.call('write'));
    expect(answer.structuredContent).toMatchObject({ ok: false });
  });

  test('run steps one after another, and none after the first that fails', async () => {
    const log = `${rig.path}/log`;
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
    await rig.using(tools, async (client) => {
      const ref = `$(touch ${rig.canary}) "'`;
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
    expect(existsSync(rig.canary)).toBe(false);
  });

  test("run in a session of the caller's, where they are to", async () => {
    const tools: ConfiguredTools = {
      go: { session: 's', script: 'cd "$ERRAND_TO"', parameters: { to: { type: 'path', root: '/' } }, cwd: '/usr' },
      where: { session: 's', script: 'pwd', cwd: '/var', readOnly: true },
    };
    await rig.using(tools, async (client) => {
      expect((await client.call('where')).structuredContent).toMatchObject({ stdout: '/var\n', session_state: 'new' });
      await client.call('go', { to: '/tmp' });
      expect((await client.call('where')).structuredContent).toMatchObject({ stdout: '/tmp\n', session_state: 'kept' });
      expect((await client.call('run_command', { session: 's', command: 'pwd' })).structuredContent).toMatchObject({ stdout: '/tmp\n' });
      expect((await client.call('close_session', { session: 's' })).isError).toBe(false);
    });
  });

  test('that write much, or run long, are jobs of their caller', async () => {
    const tools: ConfiguredTools = {
      much: { script: 'head -c 40000 /dev/zero | tr "\\\\0" x; echo "$ERRAND_END"', parameters: { end: { type: 'string' } } },
    };
    await rig.using(tools, async (client) => {
      const { structuredContent } = await client.call('much', { end: 'the end' });
      const jobId = String(structuredContent?.['job_id']);
      expect(await endOf(client, jobId)).toMatchObject({ total_bytes: 40_008 });
      expect((await client.call('read_output', { job_id: jobId, offset: -8 })).structuredContent).toMatchObject({ data: 'the end\n' });
      expect((await client.call('list_jobs')).text).toMatch(/; much$/m);
      expect((await client.call('write_stdin', { job_id: jobId, data: 'x' })).isError).toBe(true);
    });
  });

  test('are not run twice under one key', async () => {
    const log = `${rig.path}/once`;
    const tools: ConfiguredTools = {
      once: { script: 'echo "$ERRAND_X" >>"$LOG"', env: { LOG: log }, parameters: { x: { type: 'string' } } },
    };
    await rig.using(tools, async (client) => {
      const call = async (x: string): Promise<Answer> => await client.call('once', { x, idempotency_key: 'k' });
      const [first, second] = [await call('x'), await call('x')];
      expect(second.structuredContent?.['execution_id']).toBe(first.structuredContent?.['execution_id']);
      expect((await call('y')).text).toMatch(/^EXEC_CONFLICT/);
    });
    expect(await readFile(log, 'utf8')).toBe('x\n');
  });
});
