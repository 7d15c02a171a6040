import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (name: string): string => readFileSync(`${import.meta.dirname}/${name}`, 'utf8');
const ACTIONS = ['lambda:InvokeFunction', 'logs:CreateLogStream', 'logs:PutLogEvents', 'sts:AssumeRole'];

describe('examples/lambda', () => {
  it.each(['template.yaml', 'template-image.yaml', 'main.tf'])('%s allows what is needed, and nothing else', (name) => {
    const allowed = [...read(name).matchAll(/\b(?:lambda|logs|sts|iam|s3|kms|ec2):(?:\*|[A-Z]\w*)/g)].map(([action]) => action);
    expect([...new Set(allowed)].sort()).toEqual(ACTIONS);
  });

  it('all deploy the same file, which README.md says how to get', () => {
    expect(read('README.md')).toContain('dist/handler.js function/errand-handler.mjs');
    for (const name of ['template.yaml', 'image/Dockerfile', 'main.tf']) expect(read(name)).toContain('errand-handler.handler');
    const exported: unknown = JSON.parse(read('../../packages/backend-lambda/package.json')).exports['./handler'].default;
    expect(exported).toBe('./dist/handler.js');
  });

  it('errand.yaml is one', () => {
    const args = ['--conditions=@errand/source', 'packages/cli/src/bin.ts', 'validate', '--config', `${import.meta.dirname}/errand.yaml`];
    expect(execFileSync(process.execPath, args, { cwd: `${import.meta.dirname}/../..`, encoding: 'utf8' })).toContain('1 target');
  });
});
