#include <libpq-fe.h>

/* Otherwise libpq prints what a server wants to say on standard error. */
static inline void postseal_ignore_notice(void *context, const PGresult *result) {}
static inline void postseal_ignore_notices(PGconn *connection) {
    PQsetNoticeReceiver(connection, postseal_ignore_notice, 0);
}
