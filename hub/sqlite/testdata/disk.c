// A disk that can be watched and broken, preloaded into a test's process. It
// stands between SQLite and the C library for the files of one folder.
//
//   DISK_FOLDER   the folder, as the program names it
//   DISK_JOURNAL  where every change of its files is written down, in order, as
//                 struct record, name and data. The program may append records
//                 of its own: each is one write to the end of the file.
//   DISK_FAULT    while this file exists, what it says fails: an errno, letters
//                 of operations (w write and resize, s sync, o open for writing,
//                 r read) and, if not of all files, the end of their names.
//
// Memory maps are not seen: SQLite maps only its -shm, which it never trusts
// after a restart.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILES = 1024, NAME = 64 };

struct record {
	char op; // Create, Write, Truncate, Sync, sync of the Folder, Unlink
	uint8_t name;
	uint16_t zero;
	uint32_t len;
	int64_t at;
};

// lock makes an operation and its record one step.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char names[FILES][NAME]; // by descriptor; empty where it is not ours
static const char FOLDER[] = "/";
static const char *folder, *fault;
static int journal = -1;

static int raw_open(const char *path, int flags, int mode) { return syscall(SYS_openat, AT_FDCWD, path, flags, mode); }
static ssize_t raw_write(int fd, const void *p, size_t n) { return syscall(SYS_write, fd, p, n); }
static ssize_t raw_pwrite(int fd, const void *p, size_t n, off64_t at) { return syscall(SYS_pwrite64, fd, p, n, at); }

__attribute__((constructor)) static void start(void) {
	folder = getenv("DISK_FOLDER");
	fault = getenv("DISK_FAULT");
	const char *path = getenv("DISK_JOURNAL");
	if (path) journal = raw_open(path, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
	if (!folder || (path && journal < 0)) abort();
}

// ours returns the name of path inside the folder, FOLDER for the folder
// itself, NULL for what is elsewhere.
static const char *ours(const char *path) {
	size_t n = strlen(folder);
	if (strncmp(path, folder, n)) return NULL;
	if (!path[n]) return FOLDER;
	return path[n] == '/' && strlen(path + n + 1) < NAME ? path + n + 1 : NULL;
}

static const char *name_of(int fd) { return fd >= 0 && fd < FILES && names[fd][0] ? names[fd] : NULL; }

static void note(char op, const char *name, int64_t at, const void *data, uint32_t len) {
	if (journal < 0) return;
	struct record r = {op, strlen(name), 0, len, at};
	size_t n = sizeof r + r.name + len;
	char *buf = malloc(n);
	memcpy(buf, &r, sizeof r);
	memcpy(buf + sizeof r, name, r.name);
	if (len) memcpy(buf + sizeof r + r.name, data, len);
	if (raw_write(journal, buf, n) != (ssize_t)n) abort();
	free(buf);
}

// fails reports whether op on the file is to fail now, with errno set.
static int fails(char op, const char *name) {
	if (!fault) return 0;
	int fd = raw_open(fault, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0) return 0;
	char buf[128] = "", ops[16] = "", end[NAME] = "";
	ssize_t n = syscall(SYS_read, fd, buf, sizeof buf - 1);
	syscall(SYS_close, fd);
	int code;
	if (n <= 0 || sscanf(buf, "%d %15s %63s", &code, ops, end) < 2) return 0;
	size_t have = strlen(name), want = strlen(end);
	if (!strchr(ops, op) || have < want || strcmp(name + have - want, end)) return 0;
	errno = code;
	return 1;
}

static int open_any(const char *path, int flags, int mode) {
	const char *name = ours(path);
	if (!name) return raw_open(path, flags, mode);
	pthread_mutex_lock(&lock);
	struct stat st;
	int made = (flags & O_CREAT) && stat(path, &st) != 0, fd = -1;
	if ((flags & O_ACCMODE) == O_RDONLY || !fails('o', name)) fd = raw_open(path, flags, mode);
	if (fd >= FILES) abort();
	if (fd >= 0) {
		strcpy(names[fd], name);
		if (made) note('C', name, 0, NULL, 0);
	}
	pthread_mutex_unlock(&lock);
	return fd;
}

int open(const char *path, int flags, ...) {
	va_list args;
	va_start(args, flags);
	int mode = va_arg(args, int);
	va_end(args);
	return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
	va_list args;
	va_start(args, flags);
	int mode = va_arg(args, int);
	va_end(args);
	return open_any(path, flags | O_LARGEFILE, mode);
}

int close(int fd) {
	pthread_mutex_lock(&lock);
	if (name_of(fd)) names[fd][0] = 0;
	pthread_mutex_unlock(&lock);
	return syscall(SYS_close, fd);
}

static ssize_t write_any(int fd, const void *p, size_t n, off64_t at) {
	const char *name = name_of(fd);
	if (!name) return raw_pwrite(fd, p, n, at);
	pthread_mutex_lock(&lock);
	ssize_t done = -1;
	if (!fails('w', name)) {
		done = raw_pwrite(fd, p, n, at);
		if (done > 0) note('W', name, at, p, done);
	}
	pthread_mutex_unlock(&lock);
	return done;
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at) { return write_any(fd, p, n, at); }
ssize_t pwrite(int fd, const void *p, size_t n, off_t at) { return write_any(fd, p, n, at); }

// SQLite writes by position; a file of ours that is written as a stream would
// be written down wrongly.
ssize_t write(int fd, const void *p, size_t n) {
	if (name_of(fd)) abort();
	return raw_write(fd, p, n);
}

ssize_t pread64(int fd, void *p, size_t n, off64_t at) {
	const char *name = name_of(fd);
	if (name && fails('r', name)) return -1;
	return syscall(SYS_pread64, fd, p, n, at);
}

static int truncate_any(int fd, off64_t size) {
	const char *name = name_of(fd);
	if (!name) return syscall(SYS_ftruncate, fd, size);
	pthread_mutex_lock(&lock);
	int err = -1;
	if (!fails('w', name)) {
		err = syscall(SYS_ftruncate, fd, size);
		if (!err) note('T', name, size, NULL, 0);
	}
	pthread_mutex_unlock(&lock);
	return err;
}

int ftruncate(int fd, off_t size) { return truncate_any(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncate_any(fd, size); }

static int sync_any(long call, int fd) {
	const char *name = name_of(fd);
	if (!name) return syscall(call, fd);
	pthread_mutex_lock(&lock);
	int err = -1;
	if (!fails('s', name)) {
		// What counts is that it was asked for: the cuts of power are made up.
		err = 0;
		note(strcmp(name, FOLDER) ? 'S' : 'F', name, 0, NULL, 0);
	}
	pthread_mutex_unlock(&lock);
	return err;
}

int fsync(int fd) { return sync_any(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_any(SYS_fdatasync, fd); }

int unlink(const char *path) {
	const char *name = ours(path);
	if (!name) return syscall(SYS_unlink, path);
	pthread_mutex_lock(&lock);
	int err = -1;
	if (!fails('w', name)) {
		err = syscall(SYS_unlink, path);
		if (!err) note('U', name, 0, NULL, 0);
	}
	pthread_mutex_unlock(&lock);
	return err;
}
