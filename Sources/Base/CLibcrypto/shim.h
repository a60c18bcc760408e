#include <stdlib.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/* Whether the environment has this variable. */
static inline int postseal_environment_has(const char *name) { return getenv(name) != NULL; }

/* RFC 2253, whose form RFC 4514 kept; the macro is more than Swift can import. */
static const unsigned long postseal_name_flags = XN_FLAG_RFC2253;
