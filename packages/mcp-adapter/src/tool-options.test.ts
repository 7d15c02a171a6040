import { expect, test } from 'vitest';
import { checkToolOptions, type ToolOptions } from './tool-options.ts';

test('the defaults are all tools, no prefix, 10 minutes of at most 24 hours, and jobs of 64 MiB a stream kept for a day', () => {
  expect(checkToolOptions({})).toEqual({
    prefix: '',
    include: new Set([
      'run_command',
      'read_output',
      'write_stdin',
      'signal_job',
      'list_jobs',
      'close_session',
      'read_file',
      'write_file',
      'list_directory',
      'list_targets',
    ]),
    defaultTimeoutMs: 600_000,
    maxTimeoutMs: 86_400_000,
    jobTtlMs: 86_400_000,
    maxJobOutputBytes: 64 * 1024 ** 2,
    maxJobs: 256,
    maxShellSessions: 16,
    shellSessionIdleMs: 1_800_000,
    files: 'none',
    tools: {},
    readOnly: false,
    results: 'both',
  });
});

test('the default timeout is never above the longest that is allowed', () => {
  expect(checkToolOptions({ maxTimeoutMs: 5_000 }).defaultTimeoutMs).toBe(5_000);
});

test.each<[option: string, options: object]>([
  ['prefix', { prefix: 'a b' }],
  ['prefix', { prefix: 'x'.repeat(65) }],
  ['prefix', { prefix: 7 }],
  ['include', { include: ['rm'] }],
  ['include', { include: [] }],
  ['include', { include: 'run_command' }],
  ['maxTimeoutMs', { maxTimeoutMs: 0 }],
  ['maxTimeoutMs', { maxTimeoutMs: 2_147_483_648 }],
  ['maxTimeoutMs', { maxTimeoutMs: Number.NaN }],
  ['maxTimeoutMs', { maxTimeoutMs: '5' }],
  ['tenant', { tenant: '' }],
  ['tenant', { tenant: 'x'.repeat(257) }],
  ['tenant', { tenant: 7 }],
  ['jobTtlMs', { jobTtlMs: 0 }],
  ['jobTtlMs', { jobTtlMs: 2_147_483_648 }],
  ['maxJobOutputBytes', { maxJobOutputBytes: 65_535 }],
  ['maxJobOutputBytes', { maxJobOutputBytes: 1e300 }],
  ['maxJobs', { maxJobs: 0 }],
  ['maxJobs', { maxJobs: 100_001 }],
  ['maxShellSessions', { maxShellSessions: 0 }],
  ['maxShellSessions', { maxShellSessions: 1_001 }],
  ['shellSessionIdleMs', { shellSessionIdleMs: 0 }],
  ['shellSessionIdleMs', { shellSessionIdleMs: '30m' }],
  ['readOnly', { readOnly: 'yes' }],
  ['results', { results: 'structured' }],
  ['tools', { tools: [] }],
  ['tools', { tools: { run_command: { argv: ['a'] } } }],
  ['files', { files: 'all' }],
  ['files', { files: true }],
  ['defaultTimeoutMs', { defaultTimeoutMs: 1.5 }],
  ['defaultTimeoutMs', { defaultTimeoutMs: 2_000, maxTimeoutMs: 1_000 }],
])('a bad %s is refused by its name: %j', (option, options) => {
  expect(() => checkToolOptions(options as ToolOptions)).toThrow(
    expect.objectContaining({ code: 'EXEC_INVALID_OPTION', message: expect.stringMatching(`^${option}: .*Allowed: `), detail: { option } }),
  );
});
