import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { home } from './cli/config-home.ts';
import { connect, GENERATIONS, type TestClient } from './mcp/clients.ts';
import { stdioEndpoint } from './mcp/servers.ts';

/** A server with, or without, what its file says of results. */
async function serve(generation: (typeof GENERATIONS)[number], results: string): Promise<TestClient> {
  const tools = `tools: { facts: { description: Facts., targets: [local], argv: [echo, '{"a": 1}'], output: { type: json, schema: { type: object } } } }`;
  const { directory } = await home(`version: 1\n${results}\ntargets: { local: { kind: local, mcp: { files: write } } }\n${tools}\n`);
  return connect(generation, stdioEndpoint({ XDG_STATE_HOME: directory }, '--config', `${directory}/errand.yaml`));
}

const CALLS: readonly (readonly [tool: string, args: Record<string, unknown>])[] = [
  ['run_command', { command: 'printf a; printf b >&2; exit 3' }],
  ['run_command', { argv: ['errand-no-such-program'] }],
  ['run_command', { command: 'echo kept', session: 's' }],
  ['close_session', { session: 's' }],
  ['read_file', { path: '/etc/hostname', encoding: 'base64' }],
  ['read_output', { job_id: 'local:nobody' }],
  ['list_jobs', {}],
  ['list_targets', {}],
  ['facts', {}],
];

describe.each(GENERATIONS)('results: content, to a client %s', (generation) => {
  let both: TestClient;
  let alone: TestClient;
  beforeAll(async () => {
    [both, alone] = await Promise.all([serve(generation, ''), serve(generation, 'mcp: { results: content }')]);
  });
  afterAll(async () => void (await Promise.all([both, alone].map((client) => client?.[Symbol.asyncDispose]()))));

  test('drops the output schemas, and nothing else of the tools', async () => {
    const schemas = (tool: object): boolean => 'outputSchema' in tool;
    const [all, those] = await Promise.all([both.tools(), alone.tools()]);
    expect(all.filter(schemas)).not.toEqual([]);
    expect(those).toEqual(all.map((tool) => ({ ...tool, outputSchema: undefined })));
    expect(those.filter((tool) => schemas(tool) && Reflect.get(tool, 'outputSchema') !== undefined)).toEqual([]);
  });

  test.each(CALLS)('answers as ever, without the same again: %s %j', async (tool, args) => {
    const [usual, bare] = [await both.call(tool, args), await alone.call(tool, args)];
    expect(usual.structuredContent).toBeDefined();
    expect(bare.structuredContent).toBeUndefined();
    expect(bare.isError).toBe(usual.isError);
    // How long it took, and what it is called, are each its own.
    const told = (text: string): string => text.replace(/\d+ ms|\d+(\.\d+)? s|local-[0-9a-f]{20}/g, '…');
    expect(told(bare.text)).toBe(told(usual.text));
    expect(Object.keys(bare.meta).includes('errand/error')).toBe(usual.isError);
  });
});
