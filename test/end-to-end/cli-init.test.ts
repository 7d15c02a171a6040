import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { home } from './cli/config-home.ts';
import { startInTerminal } from './cli/pty.ts';
import { temporaryDirectory } from './cli/temporary.ts';

describe('errand init', () => {
  test('writes a file that is valid, also where all that is commented out is not', async () => {
    const { run, directory } = await home();
    const flags = ['--local', '--ssh', 'deploy@web.example:2222', '--ssh', '[::1]', '--docker', 'node:24', '--docker', 'ghcr.io/x/node:22'];
    expect(await run(['init', ...flags])).toMatchObject({ code: 0, stderr: '', stdout: expect.anything() });
    const file = join(directory, 'errand.yaml');
    expect((await run(['validate', '--strict'])).stdout.toString()).toBe('errand.yaml is valid: 5 targets, 0 tools\n');
    const names = (await run(['targets'])).stdout.toString();
    expect(names).toMatch(/^local +local\nweb\.example +ssh\ntarget-1 +ssh\nnode +docker\nnode-2 +docker$/m);
    const text = await readFile(file, 'utf8');
    expect(text).toContain('    user: "deploy"\n    port: 2222\n');
    await writeFile(file, text.replace(/^( *)#(?! \S)/gm, '$1'));
    expect(await run(['validate'])).toMatchObject({ code: 0, stdout: Buffer.from('errand.yaml is valid: 5 targets, 1 tool\n') });
  });

  test('has this machine where nobody is there to be asked, and leaves what is there', async () => {
    const { run, directory } = await home();
    expect((await run(['init'])).code).toBe(0);
    expect((await run(['run', 'echo', 'hello'])).stdout.toString()).toBe('hello\n');
    const file = join(directory, 'errand.yaml');
    await writeFile(file, 'mine');
    expect(await run(['init', '--local'])).toMatchObject({
      code: 125,
      stderr: 'errand: init: there is errand.yaml already. --force writes it anew.\n',
    });
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect((await run(['init', '--local', '--force'])).code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('version: 1');
    expect(await run(['init', '/nowhere/errand.yaml'])).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/cannot be written: ENOENT/),
    });
  });

  test.each([
    ['--ssh', 'a b'],
    ['--ssh', 'web:0'],
    ['--ssh', 'web: x\n'],
    ['--docker', 'node 24'],
    ['--docker', 'x"\nevil: y'],
  ])('refuses what is no host and no image, and writes nothing: %s %j', async (flag, value) => {
    const { run, directory } = await home();
    expect(await run(['init', flag, value])).toMatchObject({ code: 125, stderr: expect.stringContaining(`${flag}: `) });
    await expect(readFile(join(directory, 'errand.yaml'))).rejects.toThrow();
  });

  test('asks somebody at a terminal', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'errand.yaml');
    const terminal = startInTerminal(['init', file]);
    await terminal.until(/on this machine\? /);
    terminal.write('n\r');
    await terminal.until(/over SSH\? /);
    terminal.write('deploy@web.example\r');
    await terminal.until(/of an image\? /);
    terminal.write('\r');
    expect(await terminal.code).toBe(0);
    const text = await readFile(file, 'utf8');
    expect(text).toContain('host: "web.example"');
    expect(text).not.toContain('kind: local');
    expect(text).toContain('target: web.example #');
  });
});
