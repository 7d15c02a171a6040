import { homedir, userInfo } from 'node:os';

/** The home directory as OpenSSH takes it: from the user database, whatever `HOME` says. A user whom it does not have has `HOME`. */
export function homeDirectory(): string {
  try {
    return userInfo().homedir;
  } catch {
    return homedir();
  }
}
