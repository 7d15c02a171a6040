import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { home } from './cli/config-home.ts';
import { type RawStdio, startRawStdio } from './mcp/raw-stdio.ts';

// What no SDK's client would send.
describe('configured tools, called by whoever writes JSON by hand', () => {
  let server: RawStdio;
  let canary: string;
  let next = 0;

  beforeAll(async () => {
    const { directory } = await home();
    const { directory: outside } = await home(`version: 1
targets: { a: { kind: local, mcp: { expose: tools } } }
tools:
  show:
    description: d
    argv: [sh, -c, 'printf "[%s]" "$@"', sh, "{ref}", "{n}", "{list}"]
    parameters:
      ref: { type: string, pattern: "^[a-z0-9.-]*$", default: "" }
      n: { type: number, optional: true }
      list: { type: list, optional: true }
  act:
    description: d
    script: 'touch "${directory}/canary"'
`);
    canary = `${directory}/canary`;
    server = await startRawStdio('--config', `${outside}/errand.yaml`);
  });
  afterAll(async () => await server?.[Symbol.asyncDispose]());

  /** What a call with these arguments, as JSON text, is answered: what the command printed, or what is said. */
  async function call(args: string, name = '"show"'): Promise<string> {
    next += 1;
    server.send(`{"jsonrpc":"2.0","id":${next},"method":"tools/call","params":{"name":${name},"arguments":${args}}}`);
    const { result, error } = await server.answer(next);
    const text = error?.message ?? result?.content?.[0]?.text ?? '';
    return error || result?.isError ? `refused: ${text}` : String(result?.structuredContent?.['stdout']);
  }

  test('a parameter that is there twice is what it was last, and that is checked', async () => {
    expect(await call('{"ref":"good","ref":"-rf"}')).toMatch(/^refused: .*begins with '-'/s);
    expect(await call('{"ref":"$(id)","ref":"good"}')).toBe('[good]');
    expect(await call('{"n":1,"n":"2"}')).toMatch(/^refused: /);
  });

  test('names that mean something to JavaScript mean nothing here', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const said = await call(`{"ref":"a","${name}":{"n":7,"list":["x"]}}`);
      expect(said === '[a]' || said.startsWith('refused: '), `${name}: ${said}`).toBe(true);
    }
    for (const name of [
      '"__proto__"',
      '"constructor"',
      '"toString"',
      '"show\\u0000"',
      '"show "',
      '"SHOW"',
      '"../show"',
      '["show"]',
      'null',
    ])
      expect(await call('{}', name), name).toMatch(/^refused: /);
  });

  test('numbers are numbers, and text is text', async () => {
    expect(await call('{"n":"7"}')).toMatch(/^refused: /);
    expect(await call('{"n":1e400}')).toMatch(/^refused: /);
    expect(await call('{"n":-1}')).toMatch(/^refused: .*is too small/s);
    expect(await call('{"n":-0}')).toBe('[][0]');
    expect(await call('{"n":1E2}')).toBe('[][100]');
    expect(await call('{"n":true}')).toMatch(/^refused: /);
    expect(await call('{"n":[7]}')).toMatch(/^refused: /);
    expect(await call('{"ref":7}')).toMatch(/^refused: /);
    expect(await call('{"ref":{"toString":"a"}}')).toMatch(/^refused: /);
    expect(await call('{"list":{"0":"a","length":1}}')).toMatch(/^refused: /);
  });

  test('characters that are none are refused, whatever way they come', async () => {
    expect(await call('{"list":["\\ud800"]}')).toMatch(/^refused: .*half of a surrogate pair/s);
    expect(await call('{"list":["a\\u0000b"]}')).toMatch(/^refused: .*NUL/s);
    expect(await call('{"list":["\\ud835\\udcb3","\\u202e","\\u2212x"]}')).toBe('[][𝒳][\u202e][−x]');
    // They look like a dash, and are none to any command.
    expect(await call('{"list":["\\u2010rf","\\uff0drf"]}')).toBe('[][‐rf][－rf]');
    expect(await call('{"list":["\\u002drf"]}')).toMatch(/^refused: .*begins with '-'/s);
  });

  test('arguments that are no object, or too much, leave the server as it was', async () => {
    for (const args of ['[]', '"ref"', '7', '[{"ref":"a"}]']) expect(await call(args), args).toMatch(/^refused: /);
    expect(await call(`{"list":${'['.repeat(5_000)}${']'.repeat(5_000)}}`)).toMatch(/^refused: /);
    expect(await call(`{"ref":"${'a'.repeat(1_000_000)}"}`)).toMatch(/^refused: .*has 1000000 characters/s);
    expect(await call(`{${Array.from({ length: 10_000 }, (_, i) => `"x${i}":1`).join(',')}}`)).toMatch(/^refused: /);
    expect(await call('{"ref":"on"}')).toBe('[on]');
  });

  test('another method, or another tool, is no way round', async () => {
    for (const name of ['"run_command"', '"write_file"', '"read_file"', '"write_stdin"'])
      expect(await call(`{"command":"touch ${canary}","argv":["touch","${canary}"],"path":"${canary}"}`, name), name).toMatch(/^refused: /);
    expect(existsSync(canary)).toBe(false);
    expect(await call('{}', '"act"')).toBe('');
    expect(existsSync(canary)).toBe(true);
  });
});
