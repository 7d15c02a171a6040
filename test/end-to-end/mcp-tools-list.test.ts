import { type Executor, localExecutor } from '@errand/core';
import { registerTools } from '@errand/mcp-adapter';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { TOOLS } from './mcp/tools.ts';

/** Characters of a model's context that the tools may take. */
const MAX_CHARACTERS = 10_000;

const FILE_TOOLS = ['read_file', 'write_file', 'list_directory'];

let executors: readonly Executor[];
beforeEach(() => {
  executors = Array.from({ length: 300 }, (_, i) => localExecutor({ name: `target-${i}` }));
});
afterEach(async () => void (await Promise.all(executors.map((executor) => executor.close()))));

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly description?: string;
  readonly enum?: readonly string[];
}

/** Each field of a schema, also those within. */
function fields(schema: Schema, path = ''): [path: string, field: Schema][] {
  const own = Object.entries(schema.properties ?? {}).map(([name, field]): [string, Schema] => [`${path}.${name}`, field]);
  return own.flatMap(([at, field]) => [[at, field], ...fields(field, at), ...fields(field.items ?? {}, at)]);
}

describe.each(Object.entries(EMBEDDINGS))('the tools of 300 targets, by SDK %s', (_version, embed) => {
  test('take few characters, name no target, describe each field, and have no unions', async () => {
    const { server, connect } = embed();
    const targets = executors.map((executor) => ({ executor, defaultTimeoutMs: 500_000, allowUser: true }));
    await using _tools = registerTools(server, targets, { defaultTarget: 'target-7', files: 'write' });
    await using client = await connect();
    const tools = await client.tools();
    const names = tools.map(({ name }) => name);
    expect(names.filter((name) => !FILE_TOOLS.includes(name))).toEqual([...TOOLS]);
    expect(names.filter((name) => FILE_TOOLS.includes(name))).toEqual(FILE_TOOLS);
    const text = JSON.stringify(tools);
    expect(text.length).toBeLessThan(MAX_CHARACTERS);
    expect(text).not.toMatch(/anyOf|oneOf|allOf|target-8/);
    for (const tool of tools as readonly { name: string; inputSchema: Schema; outputSchema?: Schema }[]) {
      const all = [...fields(tool.inputSchema, `${tool.name} in`), ...fields(tool.outputSchema ?? {}, `${tool.name} out`)];
      expect(all.filter(([, { description = '' }]) => description === '').map(([path]) => path)).toEqual([]);
    }
  });

  test('speak of one another, and of the list of targets, by the names that they have with a prefix', async () => {
    const { server, connect } = embed();
    const tools = { mine: { description: 'Not run_command.', argv: ['true'] } };
    await using _tools = registerTools(server, executors, { prefix: 'my-', files: 'write', defaultTarget: 'target-1', tools });
    await using client = await connect();
    const listed = await client.tools();
    const text = JSON.stringify(listed).replace('Not run_command.', '');
    const names = [...TOOLS, ...FILE_TOOLS].join('|');
    expect(text.match(new RegExp(`(?<!my-)\\b(${names})\\b`))).toBeNull();
    expect(text).toContain("As my-run_command's.");
    expect(text).toContain('my-read_output goes on there.');
    expect(text).not.toContain('my-my-');
    expect(JSON.stringify(listed)).toContain('Not run_command.');
    // What a command says is its own.
    const said = await client.call('my-run_command', { command: 'echo run_command; sleep 60', wait_ms: 2_000 });
    expect(said.structuredContent).toMatchObject({ state: 'running', stdout: 'run_command\n' });
    expect(said.text).toContain('my-read_output with wait_ms gives what comes next');
    expect(said.text).toContain('my-signal_job ends it');
    await client.call('my-signal_job', { job_id: said.structuredContent?.['job_id'] });
  });

  test('say which of them only look', async () => {
    const { server, connect } = embed();
    await using _tools = registerTools(server, executors, { files: 'write' });
    await using client = await connect();
    const tools = (await client.tools()) as readonly {
      name: string;
      annotations?: { readOnlyHint?: boolean; destructiveHint?: boolean };
    }[];
    const looking = tools.filter(({ annotations }) => annotations?.readOnlyHint === true).map(({ name }) => name);
    expect(looking).toEqual(['read_output', 'list_jobs', 'read_file', 'list_directory', 'list_targets']);
    const destroying = tools.filter(({ annotations }) => annotations?.destructiveHint === true).map(({ name }) => name);
    expect(destroying).toEqual(['run_command', 'write_stdin', 'signal_job', 'close_session', 'write_file']);
  });
});
