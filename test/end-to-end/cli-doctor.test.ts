import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errand } from './cli/errand.ts';
import { temporaryDirectory } from './cli/temporary.ts';
import { WITHOUT_K8S } from './cli/without-k8s.ts';

describe.concurrent('errand doctor', () => {
  test('prints what works here, a line each, exits with 0 and changes nothing', async () => {
    const home = await temporaryDirectory();
    const { code, stdout, stderr } = await errand(['doctor'], { cwd: home, env: { XDG_STATE_HOME: home, XDG_CONFIG_HOME: home } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const table = stdout.toString();
    expect(table).toMatch(new RegExp(`^ok +Node +${process.versions.node}$`, 'm'));
    expect(table).toMatch(/^ok +local: commands +run on \S+/m);
    expect(table).toMatch(/^- +local: \/dev\/stderr +cannot be opened by commands\n +In a script write >&2/m);
    expect(table).toMatch(/^ok +local: terminals +yes, through node-pty$/m);
    expect(table).toMatch(/^ok +local: sessions /m);
    expect(table).toMatch(/^(ok {3}|- {4}) +local: --detach +(keeps commands going|not here)/m);
    expect(table).toMatch(/^ok +configuration +no errand\.yaml: the target is local$/m);
    expect(table).toContain(`${home}/errand (no token yet`);
    expect(await readdir(home)).toEqual([]);
  });

  test('exits with 1 and gives a hint where something must work and does not', async () => {
    const home = await temporaryDirectory();
    await mkdir(join(home, 'errand'), { mode: 0o700 });
    await writeFile(join(home, 'errand', 'token'), 'x'.repeat(43), { mode: 0o644 });
    const { code, stdout } = await errand(['doctor'], { env: { XDG_STATE_HOME: home } });
    expect(code).toBe(1);
    expect(stdout.toString()).toMatch(
      /^FAULT +state directory +\S+\/token: is open to others.*\n +errand serve --http keeps its token there/m,
    );
  });

  test('says what of a configuration file works here, and what is wrong with one', async () => {
    const home = await temporaryDirectory();
    const found = async (text: string): Promise<string> => {
      await writeFile(join(home, 'errand.yaml'), text);
      const { code, stdout } = await errand(['doctor'], { cwd: home, env: { XDG_STATE_HOME: home, ...WITHOUT_K8S } });
      return `${code} ${/^.*configuration.*(\n .*)?/m.exec(stdout.toString())?.[0].replace(/ +/g, ' ')}`;
    };
    expect(await found('version: 1\ntargets: { a: { kind: local } }\n')).toBe('0 ok configuration errand.yaml names 1 target');
    expect(await found('version: 1\ntargets: { a: { kind: k8s, image: b } }\n')).toMatch(
      /^0 ok configuration errand\.yaml names 1 target\n targets\.a\.kind: the kind k8s needs @errand\/backend-k8s/,
    );
    expect(await found('version: 1\n')).toBe(
      '1 FAULT configuration errand.yaml:1:1: targets: is missing. Allowed: a mapping.\n errand validate tells all that is wrong.',
    );
  });

  test('tells it where no command can run', async () => {
    const { code, stdout } = await errand(['doctor'], { env: { PATH: '/nowhere' } });
    expect(code).toBe(1);
    expect(stdout.toString()).toMatch(/^FAULT +local: commands +.*\n +Errand needs a POSIX \/bin\/sh/m);
  });
});
