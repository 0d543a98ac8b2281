/* A stand-in between a process and its files, loaded with LD_PRELOAD.
 *
 * Of every call that changes files below SHIM_ROOT it writes a record, in order, to the file SHIM_RECORD: what a power
 * cut at that moment may leave on the disk follows from it. It can also make calls fail:
 *
 *   SHIM_FAIL_AT=n       the n-th such call fails (from 1), SHIM_FAIL_ERRNO says how; 0: the process is killed instead
 *   SHIM_FAIL_AFTER=1    the call takes effect before it fails
 *   SHIM_ROOM=bytes      so many bytes may be written in all; then ENOSPC, until SHIM_RECORD.room exists
 *
 * A record is a header of five 64-bit numbers (kind, first, second, length of name, length of data), then name, data.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN = 1, CLOSE, WRITE, SIZE, SYNC, RENAME, LINK, UNLINK, MKDIR, RMDIR, MARK };
enum { MOST = 4096, CREATED = 1, TRUNCATED = 2 };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX], room_path[PATH_MAX];
static size_t root_length;
static int out = -1, watched[MOST], fail_errno, fail_after;
static long long calls, fail_at, room = -1;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *where = getenv("SHIM_ROOT"), *record = getenv("SHIM_RECORD");
    if (!where || !record || strlen(record) + 6 > sizeof room_path) return;
    strncpy(root, where, sizeof root - 1);
    root_length = strlen(root);
    strcpy(room_path, record);
    strcat(room_path, ".room");
    out = syscall(SYS_openat, AT_FDCWD, record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (getenv("SHIM_FAIL_AT")) fail_at = atoll(getenv("SHIM_FAIL_AT"));
    if (getenv("SHIM_FAIL_ERRNO")) fail_errno = atoi(getenv("SHIM_FAIL_ERRNO"));
    if (getenv("SHIM_FAIL_AFTER")) fail_after = atoi(getenv("SHIM_FAIL_AFTER"));
    if (getenv("SHIM_ROOM")) room = atoll(getenv("SHIM_ROOM"));
}

static void put(int64_t kind, int64_t first, int64_t second, const char *name, const void *data, size_t length) {
    int64_t header[5] = {kind, first, second, (int64_t)strlen(name), (int64_t)length};
    struct iovec parts[3] = {{header, sizeof header}, {(void *)name, strlen(name)}, {(void *)data, length}};
    int kept = errno;
    syscall(SYS_writev, out, parts, 3);
    errno = kept;
}

/* Whether a path is watched. The shared memory of SQLite is no file in truth: it is made anew after a crash. */
static int ours(const char *path) {
    size_t length = path ? strlen(path) : 0;
    if (out < 0 || length < root_length || strncmp(path, root, root_length)) return 0;
    if (path[root_length] != '/' && path[root_length] != 0) return 0;
    return length < 4 || strcmp(path + length - 4, "-shm");
}

static int ours_fd(int fd) { return out >= 0 && fd >= 0 && fd < MOST && watched[fd]; }

/* -1: this call fails, without effect; 1: it fails after it took effect; 0: it is left alone. */
static int fails(void) {
    if (++calls != fail_at) return 0;
    if (fail_errno == 0 && !fail_after) kill(getpid(), SIGKILL);
    return fail_after ? 1 : -1;
}

/* What is said of a call that took effect and is to fail: the process is killed, or hears of an error. */
static int failed(void) {
    if (fail_errno == 0) kill(getpid(), SIGKILL);
    errno = fail_errno;
    return -1;
}

static int no_room(size_t length) {
    if (room < 0) return 0;
    if (syscall(SYS_faccessat, AT_FDCWD, room_path, F_OK) == 0) return 0;
    if (room < (long long)length) return 1;
    room -= length;
    return 0;
}

void shim_mark(const char *text) {
    pthread_mutex_lock(&turn);
    if (out >= 0) put(MARK, 0, 0, "", text, strlen(text));
    pthread_mutex_unlock(&turn);
}

#define BEGIN(watches, plain)            \
    if (!(watches)) return plain;        \
    pthread_mutex_lock(&turn);           \
    int how = fails();                   \
    __typeof__(plain) got = -1;          \
    if (how < 0) errno = fail_errno;     \
    else

#define END                                   \
    if (how > 0 && got >= 0) got = failed();  \
    pthread_mutex_unlock(&turn);              \
    return got;

static int opened(const char *path, int flags, mode_t mode) {
    struct stat before;
    int made = (flags & O_CREAT) && syscall(SYS_newfstatat, AT_FDCWD, path, &before, AT_SYMLINK_NOFOLLOW) != 0;
    int fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fd >= 0 && fd < MOST) {
        watched[fd] = 1;
        put(OPEN, fd, (made ? CREATED : 0) | (flags & O_TRUNC ? TRUNCATED : 0), path, "", 0);
    }
    return fd;
}

static int watched_open(const char *path, int flags, mode_t mode) {
    if (!ours(path)) return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    pthread_mutex_lock(&turn);
    int how = flags & (O_CREAT | O_TRUNC) ? fails() : 0, got = -1; /* looking changes nothing */
    if (how < 0) errno = fail_errno;
    else got = opened(path, flags, mode);
    if (how > 0 && got >= 0) {
        close(got);
        got = failed();
    }
    pthread_mutex_unlock(&turn);
    return got;
}

#define MODE(last)                                   \
    mode_t mode = 0;                                 \
    if (flags & (O_CREAT | O_TMPFILE)) {             \
        va_list more;                                \
        va_start(more, last);                        \
        mode = va_arg(more, mode_t);                 \
        va_end(more);                                \
    }

int open(const char *path, int flags, ...) {
    MODE(flags)
    return watched_open(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE(flags)
    return watched_open(path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...) {
    MODE(flags)
    if (folder == AT_FDCWD || path[0] == '/') return watched_open(path, flags, mode);
    return syscall(SYS_openat, folder, path, flags, mode);
}
int openat64(int folder, const char *path, int flags, ...) {
    MODE(flags)
    if (folder == AT_FDCWD || path[0] == '/') return watched_open(path, flags, mode);
    return syscall(SYS_openat, folder, path, flags, mode);
}

int close(int fd) {
    if (!ours_fd(fd)) return syscall(SYS_close, fd);
    int alone = pthread_mutex_trylock(&turn) == 0; /* `watched_open` closes what it opened */
    watched[fd] = 0;
    put(CLOSE, fd, 0, "", "", 0);
    int got = syscall(SYS_close, fd);
    if (alone) pthread_mutex_unlock(&turn);
    return got;
}

static ssize_t written(int fd, const void *data, size_t length, off_t at) {
    if (no_room(length)) {
        errno = ENOSPC;
        return -1;
    }
    ssize_t got = at < 0 ? syscall(SYS_write, fd, data, length) : syscall(SYS_pwrite64, fd, data, length, at);
    if (got > 0) {
        if (at < 0) at = syscall(SYS_lseek, fd, 0, SEEK_CUR) - got;
        put(WRITE, fd, at, "", data, got);
    }
    return got;
}
ssize_t write(int fd, const void *data, size_t length) {
    BEGIN(ours_fd(fd), syscall(SYS_write, fd, data, length)) got = written(fd, data, length, -1);
    END
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) {
    BEGIN(ours_fd(fd), syscall(SYS_pwrite64, fd, data, length, at)) got = written(fd, data, length, at);
    END
}
ssize_t pwrite64(int fd, const void *data, size_t length, off_t at) { return pwrite(fd, data, length, at); }

static int resized(int fd, off_t size) {
    int got = syscall(SYS_ftruncate, fd, size);
    if (got == 0) put(SIZE, fd, size, "", "", 0);
    return got;
}
int ftruncate(int fd, off_t size) {
    BEGIN(ours_fd(fd), (int)syscall(SYS_ftruncate, fd, size)) got = resized(fd, size);
    END
}
int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

static int synced(int fd) {
    put(SYNC, fd, 0, "", "", 0); /* not asked of the disk: what is flushed counts in the record, the rest is speed */
    return 0;
}
int fsync(int fd) {
    BEGIN(ours_fd(fd), (int)syscall(SYS_fsync, fd)) got = synced(fd);
    END
}
int fdatasync(int fd) {
    BEGIN(ours_fd(fd), (int)syscall(SYS_fdatasync, fd)) got = synced(fd);
    END
}

#define NAMED(call, kind, one, two)                                    \
    BEGIN(ours(one), (int)(call)) {                                    \
        got = (int)(call);                                             \
        if (got == 0) put(kind, 0, 0, one, two, strlen(two));          \
    }                                                                  \
    END

int rename(const char *from, const char *to) {
    NAMED(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0), RENAME, from, to)
}
int link(const char *from, const char *to) {
    NAMED(syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0), LINK, from, to)
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
    NAMED(syscall(SYS_linkat, a, from, b, to, flags), LINK, from, to)
}
int unlink(const char *path) { NAMED(syscall(SYS_unlinkat, AT_FDCWD, path, 0), UNLINK, path, "") }
int mkdir(const char *path, mode_t mode) { NAMED(syscall(SYS_mkdirat, AT_FDCWD, path, mode), MKDIR, path, "") }
int rmdir(const char *path) { NAMED(syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR), RMDIR, path, "") }
