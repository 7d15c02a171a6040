import type { Command } from 'commander';
import { cleaned } from '../doctor/clean.ts';
import type { Finding } from '../doctor/finding.ts';
import { findings } from '../doctor/findings.ts';
import { printText } from '../output/print-text.ts';
import { UsageError } from '../usage-error.ts';
import { configOption } from './target-options.ts';

/** Adds `errand doctor`. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('show what works here, and how to get what does not')
    .option(
      '--clean',
      "remove what killed clients left on the daemons and in the clusters of errand.yaml's targets, and say what, in place of looking",
    )
    .addOption(configOption())
    .action(doctor);
}

async function doctor({ clean, config }: { readonly clean?: boolean; readonly config?: string }): Promise<void> {
  if (config !== undefined && !clean) throw new UsageError('--config: says where to clean. Allowed: with --clean.');
  const found = clean ? await cleaned(config) : await findings();
  const width = Math.max(...found.map(({ what }) => what.length));
  await printText(found.map((finding) => `${line(finding, width)}\n`).join(''));
  // Only what every use needs makes the machine unfit; the rest is a choice.
  if (found.some(({ state }) => state === 'fault')) process.exitCode = 1;
}

function line({ state, what, found, hint }: Finding, width: number): string {
  const mark = { ok: 'ok   ', missing: '-    ', fault: 'FAULT' }[state];
  return `${mark}  ${what.padEnd(width)}  ${found}${hint ? `\n${' '.repeat(width + 9)}${hint}` : ''}`;
}
