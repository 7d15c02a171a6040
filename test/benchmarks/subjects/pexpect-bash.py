# A bash that pexpect drives by its prompt: milliseconds a builtin, a line each.
import sys, time
try:
    import pexpect.replwrap
except ImportError:
    sys.exit(3)
bash = pexpect.replwrap.bash()
for _ in range(int(sys.argv[1])):
    begin = time.perf_counter()
    assert "on" in bash.run_command("echo on")
    print((time.perf_counter() - begin) * 1000)
bash.child.close(force=True)
