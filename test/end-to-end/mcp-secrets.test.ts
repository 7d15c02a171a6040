import { expect, test } from 'vitest';
import { connect, type Endpoint, GENERATIONS, type TestClient } from './mcp/clients.ts';
import { temporaryDirectory } from './mcp/processes.ts';
import { send } from './mcp/raw-http.ts';
import { startCliServer, stdioEndpoint } from './mcp/servers.ts';

const SECRET = 'hunter2-but-longer';

/** Calls that go wrong in every way there is, with a secret in env and stdin; gives all that was answered. */
async function answersToFaultyCalls(client: TestClient): Promise<string> {
  const secrets = { env: { PASSWORD: SECRET }, stdin: SECRET };
  const faulty: Record<string, unknown>[] = [
    { command: 'exit 3' },
    { command: 'kill -9 $$' },
    { command: 'sleep 3600', timeout_ms: 200 },
    { argv: ['no-such-program-here'] },
    { command: 'true', cwd: '/no/such/directory' },
    { command: 'true', argv: ['true'] },
    { command: 'true', target: 'nowhere' },
    { command: 'true', timeout_ms: -1 },
    { command: 'true', env: { PASSWORD: SECRET, 'bad=name': SECRET } },
    { command: 'true', env: { PASSWORD: `${SECRET}\0` } },
    { command: 'true', env: { PASSWORD: [SECRET] } },
    { command: 'true', stdin: { password: SECRET } },
    { command: 'true', env: SECRET },
    { command: 'true', idempotency_key: 'k' },
    { command: 'true', idempotency_key: 'k', stdin: `${SECRET} and more` },
  ];
  const answers: unknown[] = [];
  for (const args of faulty)
    answers.push(await client.call('run_command', { ...secrets, ...args }).catch((error: unknown) => String(error)));
  expect(answers).toHaveLength(faulty.length);
  return JSON.stringify(answers);
}

test.each(GENERATIONS)('values of env and stdin are in no answer and no log of stdio, client %s', async (generation) => {
  await using state = await temporaryDirectory();
  await using client = await connect(generation, stdioEndpoint({ XDG_STATE_HOME: state.path }));
  const answers = await answersToFaultyCalls(client);
  expect(answers).toContain('EXEC_CONFLICT');
  expect(answers).not.toContain(SECRET);
  expect(client.log()).not.toContain(SECRET);
});

test.each(GENERATIONS)('values of env and stdin, and tokens, are in no answer and no log of HTTP, client %s', async (generation) => {
  await using server = await startCliServer();
  await using client = await connect(generation, server satisfies Endpoint);
  const answers = await answersToFaultyCalls(client);
  const headers = { authorization: `Bearer ${server.token}` };
  const refusals = [
    await send(server.url, { headers: { authorization: `Bearer ${SECRET}` }, body: '{}' }),
    await send(server.url, { headers, body: `{"jsonrpc": ${SECRET}` }),
    await send(server.url, { headers, body: `{"${SECRET}": 1}` }),
  ];
  expect(refusals.map(({ status }) => status)).toEqual([401, 400, 400]);
  for (const text of [answers, JSON.stringify(refusals), server.log()]) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(server.token);
  }
});
