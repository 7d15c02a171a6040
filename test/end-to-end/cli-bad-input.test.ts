import { describe, expect, test } from 'vitest';
import { type ErrandOptions, errand } from './cli/errand.ts';

const NAMES_PROGRAM = 'Give a program, or -c SCRIPT.';

/** Arguments, and what stderr must say. */
const cases: readonly (readonly [string, readonly string[], RegExp, ErrandOptions?])[] = [
  ['an unknown command', ['rum', 'ls'], /^errand: unknown command 'rum'\n\(Did you mean run\?\)\nSee 'errand --help'\.\n$/],
  [
    'an unknown option',
    ['run', '--timout', '5s', 'ls'],
    /^errand: unknown option '--timout'\n\(Did you mean --timeout\?\)\nSee 'errand run --help'\.\n$/,
  ],
  ['an option like no other', ['serve', '--bogus'], /^errand: unknown option '--bogus'\nSee 'errand serve --help'\.\n$/],
  [
    'an unknown target',
    ['run', '--target', 'web', 'ls'],
    /^errand: --target: there is no target 'web'\. Allowed: local, ssh:\/\/HOST, and what an errand\.yaml names\.\n$/,
  ],
  [
    'an option without its argument',
    ['run', '--cwd'],
    /^errand: option '--cwd <directory>' argument missing\nSee 'errand run --help'\.\n$/,
  ],
  ['no command to run', ['run'], new RegExp(`^errand: run: there is nothing to run\\. ${NAMES_PROGRAM}`)],
  ['an empty program', ['run', ''], new RegExp(`^errand: run: the program is an empty word\\. ${NAMES_PROGRAM}`)],
  ['an empty script', ['run', '-c', ' \n'], /^errand: -c: the script is empty/],
  ['a script and a program', ['run', '-c', 'ls', 'ls'], /^errand: -c: takes a whole script/],
  ['a bare number as duration', ['run', '--timeout', '5', 'ls'], /^errand: --timeout: '5' is no duration\. Allowed: a number with a unit/],
  ['a negative duration', ['run', '--timeout', '-5s', 'ls'], /^errand: --timeout: '-5s' is no duration/],
  ['a huge duration', ['run', '--idle-timeout', '25d', 'ls'], /^errand: --idle-timeout: '25d' is out of range\. Allowed: 1ms to 24d/],
  ['a bare number as size', ['run', '--json', '--max-output', '64', 'ls'], /^errand: --max-output: '64' is no size\. Allowed:/],
  ['a huge size', ['run', '--json', '--max-output', '2GiB', 'ls'], /^errand: --max-output: '2GiB' is out of range\. Allowed: 0B to 32MiB/],
  ['a size for live output', ['run', '--max-output', '64B', 'ls'], /^errand: --max-output: .* Allowed: together with --json/],
  ['a bad variable name', ['run', '--env', '9x=hush', 'ls'], /^errand: --env: that is no variable\. Allowed: NAME=value/],
  [
    'a variable that is not set',
    ['run', '--env', 'NOT_SET', 'ls'],
    /^errand: --env: NOT_SET is not set here/,
    { env: { NOT_SET: undefined } },
  ],
  ['a variable of Errand itself', ['run', '--env', 'ERRAND_EXECUTION=1', 'ls'], /^errand: --env ERRAND_EXECUTION: /],
  ['a directory that is not there', ['run', '--cwd', '/nope', 'ls'], /^errand: --cwd: there is no directory '\/nope'/],
  ['an account that is not there', ['run', '--user', 'no-such-user', 'ls'], /^errand: --user[: ]/],
  ['a terminal', ['run', '-t', 'ls'], /^errand: -t: errand run opens no terminal/],
  ['--keep for what is not detached', ['run', '--keep', '5s', 'ls'], /^errand: --keep: only with --detach\.\n$/],
  ['--idle-timeout for what is detached', ['run', '--detach', '--idle-timeout', '5s', 'ls'], /^errand: --idle-timeout: not with --detach/],
  ['a huge spool', ['run', '--detach', '--max-spool', '1025GiB', 'ls'], /^errand: --max-spool: .* Allowed: 0B to 1024GiB\.\n$/],
  ['an id of nothing', ['attach', 'local-12'], /^errand: ID: 'local-12' is no execution's\./],
  ['an id of another target', ['kill', 'web-0123456789abcdef0123'], /^errand: --target: there is no target 'web'\./],
  ['what is no signal', ['kill', 'local-0123456789abcdef0123', '--signal', 'TREM'], /^errand: --signal: 'TREM' is no signal\. Allowed:/],
  ['what is no offset', ['attach', 'x', '--stdout-offset', '1KiB'], /^errand: --stdout-offset: '1KiB' is no offset\. Allowed:/],
  ['no id', ['attach'], /^errand: missing required argument 'ID'\nSee 'errand attach --help'/],
  ['a list of another target', ['ps', '--target', 'web'], /^errand: --target: there is no target 'web'/],
  ['nothing to serve on', ['serve'], /^errand: serve: give one of --stdio and --http/],
  ['two ways to serve', ['serve', '--stdio', '--http', '7330'], /^errand: serve: give one of --stdio and --http/],
  ['a host that is none', ['run', '--target', 'ssh://a b', '--', 'true'], /^errand: host: is not allowed\. Allowed: a host name/],
  ['a port that is none', ['run', '--target', 'ssh://h:99999', '--', 'true'], /^errand: port: 99999 is out of range/],
  ['a bad port', ['serve', '--http', '65536'], /^errand: --http: '65536' is no address\. Allowed: \[HOST:\]PORT/],
  ['a name to be called by over stdio', ['serve', '--stdio', '--allow-host', 'x'], /^errand: --allow-host: only with --http/],
  ['a word too many', ['doctor', 'now'], /^errand: too many arguments for 'doctor'/],
];

describe.concurrent('errand refuses with 125 and one clear message', () => {
  test.for(cases)('%s', async ([, args, message, options]) => {
    const { code, stdout, stderr } = await errand(args, options);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('hush');
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 125, stdout: '' });
  });
});

describe.concurrent('errand without words', () => {
  test('prints its help on stderr and exits with 125', async () => {
    const { code, stdout, stderr } = await errand([]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 125, stdout: '' });
    expect(stderr).toContain('Usage: errand');
  });

  test('prints help that is asked for on stdout and exits with 0', async () => {
    const { code, stdout, stderr } = await errand(['run', '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const part of ['Exit code:', 'omittedBytes', '--idle-timeout']) expect(stdout.toString()).toContain(part);
  });
});
