/*
 * Leaves timers of file descriptors to the kernel.
 *
 * libfaketime 0.9.10 takes the moment of any of them for one of the faked calendar clock, also of timers that follow
 * CLOCK_MONOTONIC or CLOCK_BOOTTIME as libdispatch's do: they would fire at once, again and again, or where the clock
 * is further ahead than the machine has been up, never.
 */
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

int timerfd_settime(int file, int flags, const struct itimerspec *new_value, struct itimerspec *old_value)
{
    return syscall(SYS_timerfd_settime, file, flags, new_value, old_value);
}

int timerfd_gettime(int file, struct itimerspec *value)
{
    return syscall(SYS_timerfd_gettime, file, value);
}
