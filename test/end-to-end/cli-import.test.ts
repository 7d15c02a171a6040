import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { home } from './cli/config-home.ts';
import { connect } from './mcp/clients.ts';
import { stdioEndpoint } from './mcp/servers.ts';

const THEIRS = `commands:
  - name: greet
    script: printf
    args: ["%s|", "\${file:/etc/passwd} $$ $HOME", 8080, yes]
    timeout: 1m30s
    env: { WHO: "\${env:SECRET}" }
  - { name: "two words", script: "true", description: Says nothing., container: "a/b:1" }
  - { name: other image, script: "true", container: "a-b:1", retries: 3 }
  - { name: greet, script: "false" }
  - { name: call, webhook: { url: "http://localhost/", auth: { type: bearer, token: s3cret } } }
  - { name: braces, script: echo, args: ["{name}"] }
  - { name: run_command, script: echo }
  - { name: late, script: echo, timeout: soon }
  - { name: nothing }
server: { http: { port: 9000, rate_limit: { enabled: true }, auth: { simple: { api_keys: [{ key: s3cret, name: ci }] } } } }
analytics: { enabled: true }
`;

const OURS = `version: 1
targets:
  local:
    kind: local
    mcp:
      expose: tools
  a-b-1:
    kind: docker
    mode: container
    image: a/b:1
    network: bridge
    readOnlyRoot: false
    mcp:
      expose: tools
  a-b-1-2:
    kind: docker
    mode: container
    image: a-b:1
    network: bridge
    readOnlyRoot: false
    mcp:
      expose: tools
tools:
  greet:
    description: Execute greet with configured arguments
    targets:
      - local
    argv:
      - printf
      - "%s|"
      - $\${file:/etc/passwd} $$$$ $$HOME
      - "8080"
      - yes
    env:
      WHO: $\${env:SECRET}
    timeout: 1m30s
  two_words:
    description: Says nothing.
    targets:
      - a-b-1
    argv:
      - "true"
  other_image:
    description: Execute other image with configured arguments
    targets:
      - a-b-1-2
    argv:
      - "true"
`;

describe('errand import mcpfier', () => {
  test('makes tools of commands, and tells what it could not carry over, without a secret', async () => {
    const { directory, run } = await home();
    await writeFile(join(directory, 'config.yaml'), THEIRS);
    const { code, stdout, stderr } = await run(['import', 'mcpfier', 'config.yaml']);
    expect(code).toBe(0);
    expect(stdout.toString()).toBe(OURS);
    expect(stderr).not.toContain('s3cret');
    const told = stderr.trimEnd().split('\n');
    expect(told.map((line) => /^config\.yaml:(\d+):\d+: ([^ ]*):/.exec(line)?.slice(1))).toEqual([
      ['6', 'commands[0].env'],
      ['7', 'commands[1].name'],
      ['7', 'commands[1].container'],
      ['8', 'commands[2].name'],
      ['8', 'commands[2].retries'],
      ['8', 'commands[2].container'],
      ['9', 'commands[3].name'],
      ['10', 'commands[4].webhook'],
      ['11', 'commands[5]'],
      ['12', 'commands[6]'],
      ['13', 'commands[7]'],
      ['14', 'commands[8]'],
      ['15', 'server.http'],
      ['15', 'server.http.auth.simple.api_keys[0]'],
      ['15', 'server.http.rate_limit'],
      ['16', 'analytics'],
    ]);
  });

  test('the file is valid, and served as it stands: each word as it was', async () => {
    const { directory, run } = await home();
    await writeFile(join(directory, 'config.yaml'), THEIRS);
    const { stdout } = await run(['import', 'mcpfier', 'config.yaml']);
    await writeFile(join(directory, 'errand.yaml'), stdout);
    expect(await run(['validate', '--strict'])).toMatchObject({ code: 0, stderr: '' });
    await using client = await connect('v1', stdioEndpoint({ XDG_STATE_HOME: directory }, '--config', join(directory, 'errand.yaml')));
    const { structuredContent } = await client.call('greet');
    expect(structuredContent).toMatchObject({ stdout: '${file:/etc/passwd} $$ $HOME|8080|yes|', exit_code: 0 });
    expect((await client.tools()).map(({ name }) => name)).toEqual(expect.not.arrayContaining(['run_command']));
  });

  test.each([
    ['a: [', /^errand: config\.yaml:2:1: /],
    ['commands: []', /^errand: config\.yaml: there is no command in it/],
    ['- 1', /^errand: config\.yaml: there is no command in it/],
  ])('says what is wrong with a file that holds nothing for it: %j', async (text, message) => {
    const { directory, run } = await home();
    await writeFile(join(directory, 'config.yaml'), `${text}\n`);
    const { code, stdout, stderr } = await run(['import', 'mcpfier', 'config.yaml']);
    expect([code, stdout.toString()]).toEqual([125, '']);
    expect(stderr).toMatch(message);
  });

  test('needs a file that is there, and a program that it knows', async () => {
    const { run } = await home();
    expect(await run(['import', 'mcpfier', 'none.yaml'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('none.yaml: cannot be read'),
    });
    expect(await run(['import', 'other', 'none.yaml'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("unknown command 'other'"),
    });
  });
});
