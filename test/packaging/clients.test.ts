import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { clientSnippets } from '../../scripts/check/client-snippets.ts';

const page = await readFile(new URL('../../packaging/README.md', import.meta.url), 'utf8');
const snippets = clientSnippets(page);

test('every client is told how to start errand, and how to reach one that runs', () => {
  const CLIENTS = ['Claude Desktop', 'Claude Code', 'Cursor', 'VS Code', 'Codex CLI', 'Gemini CLI', 'Zed'];
  expect([...snippets.keys()]).toEqual(CLIENTS);
  for (const [client, servers] of snippets) {
    expect(servers[0], client).toMatchObject({ command: 'npx', args: ['-y', 'errand', 'serve', '--stdio'] });
    // Claude Desktop takes no token.
    expect(servers, client).toHaveLength(client === 'Claude Desktop' ? 1 : 2);
  }
});

test.each([...snippets].filter(([, servers]) => servers.length > 1))(
  '%s gets the URL and the token of a server in its own way',
  (_client, servers) => {
    const { url, httpUrl, headers, bearer_token_env_var: variable } = (servers[1]?.entry ?? {}) as Record<string, unknown>;
    expect(url ?? httpUrl).toBe('http://127.0.0.1:7330/mcp');
    expect(variable ?? headers).toSatisfy(
      (token: unknown) => token === 'ERRAND_TOKEN' || /^Bearer \S/.test((token as { Authorization: string }).Authorization),
    );
  },
);
