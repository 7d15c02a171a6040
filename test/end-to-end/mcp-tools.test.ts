import type { ConfiguredTools } from '@errand/mcp-adapter';
import { describe, expect, test } from 'vitest';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { ToolsRig } from './mcp/tools-rig.ts';

describe.each(Object.entries(EMBEDDINGS))('configured tools in an McpServer of SDK %s', (_version, embed) => {
  const rig = new ToolsRig(embed);

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
    const listed = await rig.using(tools, async (client) => await client.tools(), { prefix: 'my-', include: ['list_targets'] });
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

  test('can be all that there is; then a call waits for its end', async () => {
    const tools: ConfiguredTools = { one: { argv: ['sh', '-c', 'sleep 1; echo ended'] } };
    await rig.using(
      tools,
      async (client) => {
        expect((await client.tools()).map(({ name }) => name)).toEqual(['one']);
        expect((await client.call('one')).structuredContent).toMatchObject({ state: 'ended', stdout: 'ended\n' });
      },
      { include: [] },
    );
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
    const listed = await rig.using(described, async (client) => await client.tools(), { include: ['list_targets'] });
    const [disk = '', deploy = ''] = listed.map((tool) => JSON.stringify(tool));
    expect(disk.length).toBeLessThan(420);
    expect(deploy.length).toBeLessThan(450);
  });
});
