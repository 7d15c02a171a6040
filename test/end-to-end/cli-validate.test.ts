import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { home, TWO } from './cli/config-home.ts';
import { WITHOUT_K8S } from './cli/without-k8s.ts';

describe.concurrent('errand validate', () => {
  test('says that a file is valid, with 0, and what is in it', async () => {
    const { run } = await home(TWO);
    expect(await run(['validate'])).toEqual({ code: 0, stdout: Buffer.from('errand.yaml is valid: 2 targets, 0 tools\n'), stderr: '' });
    expect(await run(['validate', '--strict', 'errand.yaml'])).toMatchObject({ code: 0 });
  });

  test('tells every fault, with 1', async () => {
    const { run } = await home('version: 3\ntargets: { a: { kind: local, lifeline: 5s } }\n');
    expect(await run(['validate'])).toEqual({
      code: 1,
      stdout: Buffer.from(''),
      stderr:
        'errand.yaml:1:10: version: is not known. Allowed: 1.\nerrand.yaml:2:40: targets.a.lifeline: is out of range. Allowed: 11s to 24d.\n',
    });
  });

  test('tells warnings, which are faults with --strict', async () => {
    const { run } = await home('version: 1\ntargets: { a: { kind: k8s, image: busybox } }\n');
    const warned = await run(['validate'], '', WITHOUT_K8S);
    expect(warned).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^errand\.yaml:2:23: targets\.a\.kind: warning: the kind k8s needs /),
    });
    const refused = await run(['validate', '--strict'], '', WITHOUT_K8S);
    expect(refused).toMatchObject({
      code: 1,
      stdout: Buffer.from(''),
      stderr: expect.stringMatching(/^errand\.yaml:2:23: targets\.a\.kind: the kind/),
    });
  });

  test('needs a file', async () => {
    const { run } = await home();
    expect(await run(['validate'])).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/^errand: validate: there is no .*errand\.yaml/),
    });
    expect(await run(['validate', 'a.yaml', '--config', 'b.yaml'])).toMatchObject({ code: 125 });
  });

  test.each(['gone.yaml', '.'])('says what named a file that is not there: %s', async (file) => {
    const { directory, run } = await home(TWO);
    const says = `there is no file ${join(directory, file)}.\n`;
    expect(await run(['validate', file])).toMatchObject({ code: 125, stderr: `errand: FILE: ${says}` });
    expect(await run(['validate', '--config', file])).toMatchObject({ code: 125, stderr: `errand: --config: ${says}` });
  });

  test('finds nothing wrong with the examples of the pages', async () => {
    const { directory, run } = await home();
    const pages = ['docs/configuration.md', 'packages/cli/README.md'].map((page) => new URL(`../../${page}`, import.meta.url));
    const texts = await Promise.all(pages.map((page) => readFile(page, 'utf8')));
    const examples = texts.flatMap((text) => [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, example]) => example ?? ''));
    expect(examples.length).toBe(6);
    for (const [i, example] of examples.entries()) {
      await writeFile(join(directory, `${i}.yaml`), example);
      expect(await run(['validate', `${i}.yaml`])).toMatchObject({ code: 0 });
    }
  });

  test('prints the schema that the package carries', async () => {
    const { run } = await home();
    const { code, stdout } = await run(['validate', '--print-schema']);
    expect(code).toBe(0);
    const carried = await readFile(new URL('../../packages/cli/errand.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(stdout.toString())).toEqual(JSON.parse(carried));
  });
});
