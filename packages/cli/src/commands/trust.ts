import type { Command } from 'commander';
import { type TrustFlags, trustTarget } from '../trust/trust-target.ts';
import { configOption } from './target-options.ts';

const HELP = `
TARGET is one of errand.yaml of the kind ssh, ssh://[USER@]HOST[:PORT], or a host of ~/.ssh/config.

The fingerprint of the key that it presents is printed, to be compared with that of the host itself
(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); after 'yes' it is added to the known_hosts file.
A key other than the one that is known is never added: remove the line that is printed first.
Hosts on the way (ProxyJump) that are not known come first; run it with the --fingerprint of each.
`;

/** Adds `errand trust`. */
export function addTrustCommand(program: Command): void {
  program
    .command('trust')
    .description("look at a host's SSH key, and add it to known_hosts")
    .argument('<target>', 'whose key it is')
    .option('--fingerprint <SHA256:…>', 'add the key without asking if it is this one, and no other')
    .addOption(configOption())
    .addHelpText('after', HELP)
    .action((target: string, flags: TrustFlags) => trustTarget(target, flags));
}
