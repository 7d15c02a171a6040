import assert from 'node:assert/strict';
import type { Concern, Kit } from '../case.ts';
import { refusedOption } from '../tools/refused.ts';
import { output } from '../tools/target.ts';

/** `env`, `cwd` and `defaults`. */
export const environment: Concern = {
  name: 'environment and directory',
  cases: () => [
    { name: 'env is added to the environment of the target', run: added },
    { name: 'undefined removes a variable, and the empty string does not', run: removed },
    { name: 'values arrive unchanged, whatever they hold', run: awkwardValues },
    { name: '64 KiB of environment arrive', run: muchEnvironment },
    { name: 'NAME=value of 131,071 bytes arrives', run: longest },
    { name: 'NAME=value of 131,072 bytes is refused, counted in bytes', run: tooLong },
    { name: 'a program of argv is looked for in the PATH that env gives', run: path },
    { name: 'cwd is where a script and a program run', run: cwd },
    { name: 'defaults hold for every command, and its own options win', run: defaults },
    { name: 'cwd is relative to the default cwd', run: relativeCwd },
    { name: 'of ERRAND_ variables a command sees its own marker only', run: ownMarker },
  ],
};

async function added({ executor }: Kit): Promise<void> {
  const result = await executor.exec('echo "$KIT_A $KIT_B ${PATH:+path}"', { env: { KIT_A: 'a', KIT_B: 'b' } });
  assert.equal(result.stdout.text, 'a b path\n');
  const argv = await executor.exec(['sh', '-c', 'echo "$KIT_A ${PATH:+path}"'], { env: { KIT_A: 'a' } });
  assert.equal(argv.stdout.text, 'a path\n');
}

async function removed({ executor, make }: Kit): Promise<void> {
  const result = await executor.exec('echo "${HOME-unset} ${KIT_EMPTY-unset}"', { env: { HOME: undefined, KIT_EMPTY: '' } });
  assert.equal(result.stdout.text, 'unset \n');
  const withDefault = await make({ defaults: { env: { KIT_A: 'a', KIT_B: 'b' } } });
  const own = await withDefault.exec('echo "${KIT_A-unset} ${KIT_B-unset}"', { env: { KIT_A: undefined } });
  assert.equal(own.stdout.text, 'unset b\n');
}

const AWKWARD_VALUES: readonly string[] = [
  ' spaces ',
  'line\nbreak\n',
  '\n',
  "it's",
  '"',
  '\\',
  '\\n',
  '$HOME',
  '$(echo no)',
  '`echo no`',
  '*',
  '=',
  'a=b',
  '-n',
  '\u00a0',
  '日本語',
  '🙂',
  '\r',
  '\t',
  '\x01\x7f',
  '%s',
  '!',
  '~',
];

async function awkwardValues({ executor }: Kit): Promise<void> {
  const env = Object.fromEntries(AWKWARD_VALUES.map((value, i) => [`KIT_${i}`, value]));
  const script = AWKWARD_VALUES.map((_, i) => `printf '%s\\0' "$KIT_${i}"`).join('\n');
  const result = await executor.exec(script, { env });
  assert.deepEqual(result.stdout.text.split('\0').slice(0, -1), AWKWARD_VALUES);
}

async function muchEnvironment({ executor }: Kit): Promise<void> {
  const env = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`KIT_${i}`, `${i}-`.padEnd(1_024, 'x')]));
  const result = await executor.exec('i=0; while [ $i -lt 64 ]; do eval "printf \'%s\\n\' \\"\\$KIT_$i\\""; i=$((i+1)); done', { env });
  assert.equal(
    result.stdout.text,
    Object.values(env)
      .map((value) => `${value}\n`)
      .join(''),
  );
}

async function longest({ executor }: Kit): Promise<void> {
  const value = 'v'.repeat(131_071 - 'KIT_LONG='.length);
  const result = await executor.exec('printf %s "$KIT_LONG" | wc -c', { env: { KIT_LONG: value } });
  assert.equal(result.stdout.text.trim(), String(value.length));
}

async function tooLong({ executor }: Kit): Promise<void> {
  await refusedOption(executor.exec(':', { env: { KIT_LONG: 'v'.repeat(131_072 - 'KIT_LONG='.length) } }), 'env');
  await refusedOption(executor.exec(':', { env: { KIT_LONG: 'é'.repeat(65_535) } }), 'env');
}

async function path({ executor }: Kit): Promise<void> {
  await assert.rejects(executor.exec(['ls'], { env: { PATH: '/nonexistent' } }), { code: 'EXEC_NOT_FOUND' });
  const usual = await output(executor, 'echo "$PATH"');
  assert.ok((await executor.exec(['true'], { env: { PATH: `/nonexistent:${usual}` } })).ok);
}

async function cwd({ executor }: Kit): Promise<void> {
  assert.equal((await executor.exec('pwd', { cwd: '/' })).stdout.text, '/\n');
  assert.equal((await executor.exec(['pwd'], { cwd: '/usr/bin/..' })).stdout.text.trim().replace(/\/bin\/\.\.$/, ''), '/usr');
}

async function defaults({ make }: Kit): Promise<void> {
  const executor = await make({
    defaults: { cwd: '/usr', env: { KIT_A: 'a', KIT_B: 'b' }, timeoutMs: 400, maxOutputBytes: 4, killGraceMs: 500 },
  });
  assert.equal((await executor.exec('pwd; echo $KIT_A', { maxOutputBytes: 100 })).stdout.text, '/usr\na\n');
  const own = await executor.exec('pwd; echo "$KIT_A $KIT_B"', { cwd: '/', env: { KIT_B: 'own' }, maxOutputBytes: 100 });
  assert.equal(own.stdout.text, '/\na own\n');
  assert.equal((await executor.exec('sleep 60')).outcome, 'timed-out');
  assert.equal((await executor.exec('echo 123456789')).stdout.omittedBytes, 6);
}

async function relativeCwd({ make }: Kit): Promise<void> {
  const executor = await make({ defaults: { cwd: '/usr' } });
  assert.equal((await executor.exec('pwd', { cwd: 'bin' })).stdout.text.trim().split('/').at(-1), 'bin');
  assert.equal((await executor.exec('pwd', { cwd: '..' })).stdout.text, '/\n');
}

async function ownMarker({ executor }: Kit): Promise<void> {
  const result = await executor.exec(['env']);
  const names = result.stdout.text.split('\n').map((line) => line.split('=')[0] ?? '');
  assert.ok(names.includes('PATH'), result.stdout.text);
  assert.deepEqual(
    names.filter((name) => name.startsWith('ERRAND_') && name !== 'ERRAND_EXECUTION'),
    [],
  );
}
