/*
 * A disk that fails, to be preloaded. The file that LOSSY_SYNC_TRIGGER names has the end
 * of a path in its first line, and in its second:
 *
 * sync: the next sync of that file fails, and loses what was written since the last one,
 * as after a loss of power. As on Linux, each descriptor is told of EIO once: a second
 * sync of it succeeds. It is told a moment later, in which others go on.
 * write: writes to that file fail with EIO as long as the trigger is there.
 * read: so do reads of it by the program itself; those of SQLite (pread) do not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct change {
  ino_t inode;
  off_t offset, size_before;
  size_t length;
  char *before;
  struct change *next;
};

static struct change *changes;
static ino_t failed;
static char is_told[1024]; /* By descriptor. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int is_store(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, 4095);
  if (length < 0) return 0;
  path[length] = 0;
  const char *name = strrchr(path, '/');
  static const char *names[] = {"/inbox.db", "/inbox.db-wal", "/inbox.keys.db",
                                "/inbox.keys.db-wal"};
  for (int i = 0; name && i < 4; i++) {
    if (!strcmp(name, names[i])) return 1;
  }
  return 0;
}

/* Whether such calls are to fail now. */
static int is_wanted(const char *path, const char *call) {
  const char *trigger = getenv("LOSSY_SYNC_TRIGGER");
  FILE *file = trigger ? fopen(trigger, "r") : NULL;
  char end[256] = "", wanted[16] = "";
  if (!file) return 0;
  int count = fscanf(file, "%255s %15s", end, wanted);
  fclose(file);
  if (count != 2 || strcmp(wanted, call)) return 0;
  size_t a = strlen(path), b = strlen(end);
  return a >= b && !strcmp(path + a - b, end);
}

/* Keeps what a write is about to replace. */
static void keep(int fd, off_t offset, size_t length) {
  char path[4096];
  struct stat now;
  if (!is_store(fd, path) || fstat(fd, &now)) return;
  struct change *change = calloc(1, sizeof *change);
  change->inode = now.st_ino;
  change->offset = offset;
  change->size_before = now.st_size;
  change->before = calloc(1, length);
  change->length = length;
  /* By the same descriptor: to close another would drop the process's locks on it. */
  if (pread(fd, change->before, length, offset) < 0) abort();
  pthread_mutex_lock(&lock);
  change->next = changes;
  changes = change;
  pthread_mutex_unlock(&lock);
}

typedef ssize_t (*pwrite_type)(int, const void *, size_t, off_t);
typedef int (*sync_type)(int);

ssize_t write(int fd, const void *bytes, size_t length) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = dlsym(RTLD_NEXT, "write");
  int error = errno;
  off_t offset = lseek(fd, 0, SEEK_CUR);
  if (offset >= 0) keep(fd, offset, length);
  errno = error;
  return real(fd, bytes, length);
}

ssize_t read(int fd, void *bytes, size_t length) {
  static ssize_t (*real)(int, void *, size_t);
  if (!real) real = dlsym(RTLD_NEXT, "read");
  char path[4096];
  int error = errno;
  if (is_store(fd, path) && is_wanted(path, "read")) {
    errno = EIO;
    return -1;
  }
  errno = error;
  return real(fd, bytes, length);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) {
  static pwrite_type real;
  if (!real) real = (pwrite_type)dlsym(RTLD_NEXT, "pwrite64");
  char path[4096];
  if (is_store(fd, path) && is_wanted(path, "write")) {
    errno = EIO;
    return -1;
  }
  keep(fd, offset, length);
  return real(fd, bytes, length, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return pwrite64(fd, bytes, length, offset);
}

static int sync_file(int fd, const char *name) {
  static pwrite_type real_pwrite;
  if (!real_pwrite) real_pwrite = (pwrite_type)dlsym(RTLD_NEXT, "pwrite64");
  char path[4096];
  struct stat now;
  sync_type real = (sync_type)dlsym(RTLD_NEXT, name);
  if (!is_store(fd, path) || fstat(fd, &now)) return real(fd);
  pthread_mutex_lock(&lock);
  int loses = !failed && is_wanted(path, "sync");
  if (loses) failed = now.st_ino;
  int fails = now.st_ino == failed && fd < 1024 && !is_told[fd];
  if (fails) is_told[fd] = 1;
  for (struct change **at = &changes; *at;) {
    struct change *change = *at;
    if (change->inode != now.st_ino) {
      at = &change->next;
      continue;
    }
    if (loses) {
      real_pwrite(fd, change->before, change->length, change->offset);
      ftruncate(fd, change->size_before);
    }
    *at = change->next;
    free(change->before);
    free(change);
  }
  pthread_mutex_unlock(&lock);
  int result = real(fd);
  if (!fails) return result;
  usleep(100000); /* Others go on for a while with what is left. */
  errno = EIO;
  return -1;
}

int fsync(int fd) { return sync_file(fd, "fsync"); }

int fdatasync(int fd) { return sync_file(fd, "fdatasync"); }
