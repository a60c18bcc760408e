/* First, because libevent's headers define _GNU_SOURCE: after them fd_set has other member names than in Swift's
   module of the C library, and the two modules can't be used together. */
#include <sys/types.h>
#include <unistd.h>

#include <event2/event.h>
#include <unbound.h>
#include <unbound-event.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

/* What the importer does not bring over: constants of an enum without a name, variadic functions. */

static inline int postseal_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/* A file in memory, for a configuration text; -1 and errno on failure. The 1 is MFD_CLOEXEC. */
static inline int postseal_memory_file(void) { return (int)syscall(SYS_memfd_create, "postseal-unbound", 1u); }

/* The name that the kernel shows for the calling thread. */
extern int pthread_setname_np(pthread_t thread, const char *name);
static inline void postseal_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
