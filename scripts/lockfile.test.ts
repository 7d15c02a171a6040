import { describe, expect, it } from 'vitest';
import { missingPlatforms } from './lockfile.ts';

const biome = {
  version: '2.0.0',
  dev: true,
  license: 'MIT',
  optionalDependencies: { '@biomejs/cli-darwin-arm64': '2.0.0', '@biomejs/cli-linux-x64-musl': '2.0.0', 'some-helper': '^1.0.0' },
};

describe('the lockfile', () => {
  it("lacks the other platforms' parts of a native package, each with its platform", () => {
    expect(missingPlatforms({ 'node_modules/@biomejs/biome': biome })).toEqual({
      'node_modules/@biomejs/cli-darwin-arm64': {
        version: '2.0.0',
        cpu: ['arm64'],
        dev: true,
        license: 'MIT',
        optional: true,
        os: ['darwin'],
      },
      'node_modules/@biomejs/cli-linux-x64-musl': {
        version: '2.0.0',
        cpu: ['x64'],
        dev: true,
        libc: ['musl'],
        license: 'MIT',
        optional: true,
        os: ['linux'],
      },
    });
  });

  it('lacks those that say windows, which Node calls win32', () => {
    const parent = { version: '1.0.0', optionalDependencies: { 'part-windows-x64': '1.0.0' } };
    expect(missingPlatforms({ 'node_modules/part': parent })).toEqual({
      'node_modules/part-windows-x64': { version: '1.0.0', cpu: ['x64'], optional: true, os: ['win32'] },
    });
  });

  it('lacks nothing that is there, hoisted or below its parent', () => {
    const packages = {
      'node_modules/@biomejs/biome': biome,
      'node_modules/@biomejs/cli-darwin-arm64': { version: '2.0.0' },
      'node_modules/@biomejs/biome/node_modules/@biomejs/cli-linux-x64-musl': { version: '2.0.0' },
    };
    expect(missingPlatforms(packages)).toEqual({});
  });
});
