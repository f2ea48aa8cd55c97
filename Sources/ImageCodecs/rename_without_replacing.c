#if defined(__linux__)
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <stdio.h>
#endif

#include <errno.h>

#include "CDiffusionImageCodecs.h"

int diffusion_rename_without_replacing(int folder, const char *from, const char *to) {
#if defined(__linux__) && defined(SYS_renameat2)
    // RENAME_NOREPLACE of <linux/fs.h>; the system call itself, because not every C library wraps it.
    return (int)syscall(SYS_renameat2, folder, from, folder, to, 1u);
#elif defined(__APPLE__)
    return renameatx_np(folder, from, folder, to, RENAME_EXCL);
#else
    (void)folder;
    (void)from;
    (void)to;
    errno = ENOSYS;
    return -1;
#endif
}
