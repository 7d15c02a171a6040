import { expect, test } from 'vitest';
import { ExecError } from '../errors.ts';
import type { Files } from '../files.ts';
import { FilesByEither } from './files-by-either.ts';

const lost = new ExecError('EXEC_UNAVAILABLE', 'the shell ended');
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

/** Files that only read: by shells, which do as they are told, and by other means. */
function rig(
  shell: () => Promise<Uint8Array>,
  other: () => Promise<Files | undefined>,
): { readonly files: Files; readonly asked: { shell: number; other: number } } {
  const asked = { shell: 0, other: 0 };
  const read: Files['read'] = () => {
    asked.shell++;
    return shell();
  };
  const files = new FilesByEither({ read } as Partial<Files> as Files, () => {
    asked.other++;
    return other();
  });
  return { files, asked };
}

const others = { read: async () => text('other') } as Partial<Files> as Files;

test('files by shells serve, and no other means are looked for once they did', async () => {
  const answers = [text('shell'), lost];
  const { files, asked } = rig(
    async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer ?? text('');
    },
    async () => others,
  );
  expect(await files.read('/x')).toEqual(text('shell'));
  await expect(files.read('/x')).rejects.toBe(lost);
  expect(asked).toEqual({ shell: 2, other: 0 });
});

test('other means serve from then on where there is no shell, for calls at once too', async () => {
  const { files, asked } = rig(
    () => Promise.reject(lost),
    async () => others,
  );
  expect(await Promise.all([files.read('/x'), files.read('/y')])).toEqual([text('other'), text('other')]);
  expect(await files.read('/z')).toEqual(text('other'));
  expect(asked.shell).toBe(2);
});

test.each([
  ['there are none', async () => undefined],
  ['looking for them fails', () => Promise.reject(new Error('the connection was lost'))],
])('where %s the fault of the shell is told, and the next call tries anew', async (_why, other) => {
  const { files, asked } = rig(() => Promise.reject(lost), other);
  await expect(files.read('/x')).rejects.toBe(lost);
  await expect(files.read('/x')).rejects.toBe(lost);
  expect(asked).toEqual({ shell: 2, other: 2 });
});

test('a fault that says what is wrong with a file, or an abort, looks for nothing else', async () => {
  const missing = new ExecError('EXEC_NOT_FOUND', 'There is no such file.');
  const { files, asked } = rig(
    () => Promise.reject(missing),
    async () => others,
  );
  await expect(files.read('/x')).rejects.toBe(missing);
  const aborted = rig(
    () => Promise.reject(lost),
    async () => others,
  );
  await expect(aborted.files.read('/x', { signal: AbortSignal.abort() })).rejects.toBe(lost);
  expect([asked.other, aborted.asked.other]).toEqual([0, 0]);
});
