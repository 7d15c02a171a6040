import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import type { ConfiguredTools } from '@errand/mcp-adapter';
import { describe, expect, test } from 'vitest';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { stdoutOf, ToolsRig } from './mcp/tools-rig.ts';

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

describe.each(Object.entries(EMBEDDINGS))('values that configured tools are given, in an McpServer of SDK %s', (_version, embed) => {
  const rig = new ToolsRig(embed);

  test('give values to argv as elements, whatever is in them', async () => {
    const tools: ConfiguredTools = {
      show: {
        argv: [...SHOW, '{value}', 'literal', '{list}', '{other}', '{flag}', '{n}'],
        env: { CANARY: rig.canary },
        parameters: {
          value: { type: 'string', allowDash: true },
          list: { type: 'list', optional: true },
          other: { type: 'string', optional: true },
          flag: { type: 'boolean', default: false },
          n: { type: 'number', default: 1.5 },
        },
      },
    };
    await rig.using(tools, async (client) => {
      for (const value of HOSTILE) {
        const answer = await client.call('show', { value, list: [value.replace(/^-/, ''), 'b'], n: 1e-7 });
        expect(answer.isError, answer.text).toBe(false);
        // The reply shows controls as pictures.
        const shown = String(stdoutOf(answer)).replaceAll(/[\u2400-\u241f]/g, (picture) =>
          String.fromCharCode(picture.charCodeAt(0) - 0x2400),
        );
        expect(shown.replaceAll('\r', '')).toBe(`[${value}][literal][${value}][b][false][1e-7]`.replaceAll('\r', ''));
      }
      expect(stdoutOf(await client.call('show', { value: '--force', other: 'x', flag: true, list: [] }))).toBe(
        '[--force][literal][x][true][1.5]',
      );
    });
    expect(existsSync(rig.canary)).toBe(false);
  });

  test.each([
    ['in a process of its own', {}],
    ['in a session', { session: 's' }],
  ])('give values to a script as variables %s, whatever is in them', async (_where, where) => {
    const tools: ConfiguredTools = {
      show: {
        script: 'printf "[%s]" "$ERRAND_VALUE" "${ERRAND_OTHER-absent}" "$ERRAND_LIST"',
        env: { CANARY: rig.canary, ERRAND_OTHER: 'from the environment' },
        parameters: {
          value: { type: 'string', allowDash: true },
          other: { type: 'string', optional: true },
          list: { type: 'list', default: ['d'] },
        },
        ...where,
      },
    };
    await rig.using(tools, async (client) => {
      expect(stdoutOf(await client.call('show', { value: 'x', other: 'y' }))).toBe('[x][y][d]');
      for (const value of HOSTILE) {
        const answer = await client.call('show', { value, list: ['1', '2'] });
        expect(answer.isError, answer.text).toBe(false);
        const shown = String(stdoutOf(answer)).replaceAll(/[\u2400-\u241f]/g, (picture) =>
          String.fromCharCode(picture.charCodeAt(0) - 0x2400),
        );
        expect(shown.replaceAll('\r', '')).toBe(`[${value}][absent][1\n2]`.replaceAll('\r', ''));
      }
    });
    expect(existsSync(rig.canary)).toBe(false);
  });

  test('have parameters named as what shells and loaders heed, which is nothing to them', async () => {
    const names = ['path', 'ifs', 'env', 'bash_env', 'ld_preload', 'ld_library_path', 'constructor', 'ps4'];
    const parameters = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
    const args = Object.fromEntries(names.map((name) => [name, `${rig.canary}.so`]));
    const tools: ConfiguredTools = {
      show: { script: 'env | grep -c "^ERRAND_.*=.*canary"; env | grep canary | grep -v ^ERRAND_ | wc -l; id -u', parameters },
    };
    const answer = await rig.using(tools, async (client) => await client.call('show', args));
    expect(stdoutOf(answer)).toMatch(new RegExp(`^${names.length}\\n *0\\n\\d+\\n$`));
  });

  test('refuse what is not as it is declared, before anything starts', async () => {
    const tools: ConfiguredTools = {
      act: {
        argv: ['touch', rig.canary, '{ref}', '{n}'],
        parameters: { ref: { type: 'string', pattern: '^[a-z0-9.-]+$' }, n: { type: 'integer', default: 1 } },
      },
      show: {
        argv: [...SHOW, '{n}', '{ref}'],
        parameters: { n: { type: 'integer', default: 1 }, ref: { type: 'string', optional: true } },
      },
    };
    await rig.using(tools, async (client) => {
      // Some clients and SDKs leave it out, and some refuse it: it never counts.
      const proto = await client.call('show', JSON.parse('{"__proto__":{"n":7,"ref":"x"}}'));
      expect(proto.isError || stdoutOf(proto) === '[1]', proto.text).toBe(true);
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
    expect(existsSync(rig.canary)).toBe(false);
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
    await rig.using(tools, async (client) => {
      expect(stdoutOf(await client.call('behind', { value: '-v', more: ['-x', '--y'] }))).toBe('[--][-x][--y][-v]');
      for (const tool of ['between', 'twice', 'script']) {
        const answer = await client.call(tool, { value: '-v' }).catch((error: Error) => ({ isError: true, text: error.message }));
        expect(answer.isError, tool).toBe(true);
        expect(answer.text).toContain("begins with '-'");
      }
    });
  });

  test('take a path below its root alone, wherever symbolic links lead', async () => {
    const root = `${rig.path}/root`;
    await mkdir(`${root}/a`, { recursive: true });
    await writeFile(`${root}/a/file`, 'inside');
    await writeFile(`${rig.path}/secret`, 'outside');
    await symlink('a', `${root}/link`);
    await symlink('../secret', `${root}/out`);
    await symlink('..', `${root}/up`);
    const tools: ConfiguredTools = {
      read: { argv: ['cat', '{file}'], parameters: { file: { type: 'path', root } } },
      where: { script: 'printf %s "$ERRAND_FILE"', parameters: { file: { type: 'path', root, default: 'link' } } },
    };
    await rig.using(tools, async (client) => {
      for (const file of ['a/file', 'link/file', `${root}/a/file`, './/a/file'])
        expect(stdoutOf(await client.call('read', { file })), file).toBe('inside');
      expect(stdoutOf(await client.call('where', { file: 'link/file' }))).toBe(`${root}/a/file`);
      expect(stdoutOf(await client.call('where', {}))).toBe(`${root}/a`);
      for (const file of ['out', 'up/secret', 'up', `${rig.path}/secret`, '/etc/passwd', `${root}x`]) {
        const { isError, text } = await client.call('read', { file });
        expect(isError, file).toBe(true);
        expect(text).toMatch(/^EXEC_PERMISSION: file: it leads to what is not below /);
      }
      expect((await client.call('read', { file: 'none/file' })).text).toMatch(/^EXEC_NOT_FOUND: file: there is no "none\/file" below /);
    });
  });
});
