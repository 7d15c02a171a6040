import { writeFile } from 'node:fs/promises';
import type { ConfiguredTools } from '@errand/mcp-adapter';
import { describe, expect, test } from 'vitest';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { ToolsRig } from './mcp/tools-rig.ts';

describe.each(Object.entries(EMBEDDINGS))('what configured tools give, in an McpServer of SDK %s', (_version, embed) => {
  const rig = new ToolsRig(embed);

  test('give JSON that meets their schema, or say that it does not', async () => {
    const schema = { type: 'object', properties: { free: { type: 'integer' } }, required: ['free'], additionalProperties: false };
    const tools: ConfiguredTools = {
      json: {
        script: 'printf %s "$ERRAND_TEXT"; exit "$ERRAND_CODE"',
        parameters: { text: { type: 'string', maxLength: 65_536 }, code: { type: 'integer', default: 0 } },
        output: { type: 'json', schema },
      },
      numbers: {
        script: 'printf %s "$ERRAND_TEXT"',
        parameters: { text: { type: 'string' } },
        output: { type: 'json', schema: { type: 'object', additionalProperties: { type: 'integer' } } },
      },
      any: {
        script: 'head -c "$ERRAND_N" /dev/zero | tr "\\\\0" "["',
        parameters: { n: { type: 'integer' } },
        output: { type: 'json', schema: {} },
      },
    };
    await rig.using(tools, async (client) => {
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
      expect(await bad('numbers', { text: '{"\\u001b[2J":"x"}' })).toBe('stdout/␛[2J must be integer');
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
    const made = `${rig.path}/made`;
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
        parameters: { file: { type: 'path', root: rig.path } },
        output: { type: 'file', path: '{file}' },
      },
      chosen: {
        argv: ['true', '{file}'],
        parameters: { file: { type: 'path', root: rig.path } },
        output: { type: 'file', path: '{file}' },
      },
    };
    await rig.using(tools, async (client) => {
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
});
