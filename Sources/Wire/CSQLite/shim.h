#include <sqlite3.h>

/* What the importer does not bring over: the function that is the number -1, which makes SQLite copy what it is given. */
static inline int postseal_bind_text(sqlite3_stmt *statement, int place, const char *text, int length) {
    return sqlite3_bind_text(statement, place, text, length, SQLITE_TRANSIENT);
}
static inline int postseal_bind_blob(sqlite3_stmt *statement, int place, const void *octets, int length) {
    /* Without an address SQLite would take it for NULL. */
    return length == 0 ? sqlite3_bind_zeroblob(statement, place, 0)
                       : sqlite3_bind_blob(statement, place, octets, length, SQLITE_TRANSIENT);
}

/* A function with any number of arguments, which the importer leaves out. */
static inline int postseal_without_memory_count(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
