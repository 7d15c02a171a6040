/* The floor: posix_spawn and waitpid of /bin/true in a loop, by so many processes at once. Prints the milliseconds of all, then of each. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void run_one(void) {
  char *argv[] = {"true", NULL};
  pid_t pid;
  int status;
  if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ) != 0) exit(1);
  if (waitpid(pid, &status, 0) != pid || status != 0) exit(1);
}

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 1000, width = argc > 2 ? atoi(argv[2]) : 1, failed = 0, status;
  double *took = mmap(NULL, n * sizeof *took, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (took == MAP_FAILED) return 1;
  double start = now_ms();
  for (int worker = 0; worker < width; worker++) {
    if (fork() != 0) continue;
    for (int i = worker; i < n; i += width) {
      double at = now_ms();
      run_one();
      took[i] = now_ms() - at;
    }
    _exit(0);
  }
  for (int worker = 0; worker < width; worker++) {
    if (wait(&status) == -1 || status != 0) failed = 1;
  }
  printf("%.6f\n", now_ms() - start);
  for (int i = 0; i < n; i++) printf("%.6f\n", took[i]);
  return failed;
}
