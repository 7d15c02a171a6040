/** What `errand shell --help` says below the options. */
export const SHELL_HELP = `
Terminal:
  Where stdin and stdout are a terminal and the target has some (see 'errand doctor'), what is typed goes there as it is, Ctrl-C
  too, and the size follows. It ends when its command does.

Lines:
  Elsewhere each line of stdin is a command in one session, which keeps directory and variables from line to line. A line must
  be whole: an open quote, or an 'if' without its 'fi', is an error. Ctrl-C ends the command that runs, and the session is then as
  it was before it; without a command, Ctrl-C ends the session, as the end of input and 'exit N' do. Takes no program, -c or --user.

Exit code:
  that of the command, in lines of the last one or of 'exit N'; else as 'errand run' has them
`;
