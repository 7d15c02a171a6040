import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { validators } from '../../test/servers/validators/location.mjs';

const programs = validators();
const isFull = process.env['ERRAND_KIT_SIZE'] === 'full';
if (!programs) console.log('Skipping validators of deployments (to get them: npm run test:full)');

const scratch = mkdtempSync(join(tmpdir(), 'errand-validators-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function cfnLint(path: string): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(programs?.cfnLint ?? '', [path], { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

function tflint(directory: string): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(programs?.tflint ?? '', [`--chdir=${directory}`, '--minimum-failure-severity=notice'], {
    encoding: 'utf8',
  });
  return { status, said: `${stdout}${stderr}` };
}

/** The file as it would be with a mistake in it. */
function withMistake(name: string, [from, to]: readonly [string, string]): string {
  const text = readFileSync(join(import.meta.dirname, name), 'utf8');
  const path = join(mkdtempSync(join(scratch, 'wrong-')), name);
  writeFileSync(path, text.replace(from, to));
  return path;
}

describe.runIf(isFull || programs)('what deploys the function', () => {
  it.each(['template.yaml', 'template-image.yaml'])('%s is a template of AWS SAM', { timeout: 120_000 }, (name) => {
    expect(cfnLint(join(import.meta.dirname, name))).toEqual({ status: 0, said: '' });
  });

  it('a mistake in a template is found', { timeout: 120_000 }, () => {
    const { status, said } = cfnLint(withMistake('template.yaml', ['MemorySize: !Ref', 'Memory: !Ref']));
    expect(said).toContain("'Memory' was unexpected");
    expect(status).not.toBe(0);
  });

  it('main.tf is a module of Terraform', () => {
    const directory = mkdtempSync(join(scratch, 'right-'));
    cpSync(join(import.meta.dirname, 'main.tf'), join(directory, 'main.tf'));
    expect(tflint(directory)).toEqual({ status: 0, said: '' });
  });

  it('a mistake in a module is found', () => {
    const { status, said } = tflint(join(withMistake('main.tf', ['var.memory_mib', 'var.memory_mb']), '..'));
    expect(said).toContain('memory_mib');
    expect(status).not.toBe(0);
  });
});
