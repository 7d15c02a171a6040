import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Terraform's own `validate` asks for its providers, which no package registry has. */
export const TFLINT = 'github.com/terraform-linters/tflint@v0.61.0';

/** Where the validators of deployments lie: outside of the checkout, since building them takes minutes, and shared by all that want the same ones. */
export function validatorsDirectory() {
  const hash = createHash('sha256')
    .update(TFLINT)
    .update(readFileSync(new URL('requirements.txt', import.meta.url)));
  const name = `validators-${hash.digest('hex').slice(0, 12)}`;
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'errand-tests', name);
}

/** Their programs; undefined where they are not there. */
export function validators() {
  const directory = validatorsDirectory();
  if (!existsSync(directory)) return undefined;
  return { cfnLint: join(directory, 'python', 'bin', 'cfn-lint'), tflint: join(directory, 'tflint') };
}
