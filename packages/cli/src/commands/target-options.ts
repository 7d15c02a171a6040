import { Option } from 'commander';

/** `--target`, of every command that runs something. */
export function targetOption(what: string): Option {
  return new Option('--target <name>', `${what}, or ssh://[USER@]HOST[:PORT] (default: as errand.yaml says; without one, local)`);
}

/** `--config`. */
export function configOption(): Option {
  return new Option('--config <file>', 'the configuration file (default: ./errand.yaml, then $XDG_CONFIG_HOME/errand/errand.yaml)');
}
