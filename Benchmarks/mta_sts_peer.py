"""postfix-mta-sts-resolver with a warm cache: its own daemon, told the policies of so many domains before it begins.

usage: mta_sts_peer.py SOCKET DOMAINS"""

import os
import sys
import tempfile
import time

from postfix_mta_sts_resolver import daemon, internal_cache
from postfix_mta_sts_resolver.base_cache import CacheEntry

path, count = sys.argv[1], int(sys.argv[2])


async def fill(cache):
    for number in range(count):
        body = {"version": "STSv1", "mode": "enforce", "max_age": 604800, "mx": [f"mx.d{number}.example"]}
        await cache.set(f"d{number}.example", CacheEntry(time.time(), "1", body))


internal_cache.InternalLRUCache.setup = fill
with tempfile.NamedTemporaryFile("w", suffix=".yml", delete=False) as file:
    # So long nothing is asked about what is in the cache.
    file.write(f"path: {path}\nmode: 0666\ncache_grace: 86400\ncache:\n  type: internal\n  options:\n"
               f"    cache_size: {2 * count}\ndefault_zone:\n  strict_testing: false\n  timeout: 4\n")
sys.argv = ["mta-sts-daemon", "-c", file.name, "-v", "error"]
try:
    daemon.main()
finally:
    os.unlink(file.name)
