import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SandboxRecord } from './record.ts';

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'errand-record-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('the record of a sandbox', () => {
  it('tells a function that is loaded again what was there, whose processes are, and what was begun', async () => {
    const path = await directory();
    const first = new SandboxRecord(path);
    expect([first.files, first.begun]).toEqual([undefined, []]);
    first.write(new Set(['own\nname']), ['a']);
    first.begin('b');
    const again = new SandboxRecord(path);
    expect([again.marker, again.files, again.begun]).toEqual([first.marker, new Set(['own\nname']), ['a', 'b']]);
    expect((await stat(join(path, '.errand-sandbox'))).mode & 0o777).toBe(0o600);
  });

  it.each(['', '{}\nid\n', '{"marker":1,"files":[]}\n', '{"marker":"m","files":[1]}\n', 'b\n'])(
    'is as none where it is %j',
    async (text) => {
      const path = await directory();
      await writeFile(join(path, '.errand-sandbox'), text);
      expect(new SandboxRecord(path)).toMatchObject({ files: undefined, begun: [], marker: expect.stringMatching(/^[0-9a-f]{32}$/) });
    },
  );

  it('is none without a directory, and where there is none', async () => {
    for (const nowhere of [false, '/errand-no-such-directory'] as const) {
      const record = new SandboxRecord(nowhere);
      record.write(new Set(), ['a']);
      record.begin('b');
      expect(new SandboxRecord(nowhere).files).toBeUndefined();
    }
    await expect(readFile('.errand-sandbox')).rejects.toThrow('ENOENT');
  });
});
