#include <event2/event.h>
#include <unbound.h>
#include <unbound-event.h>
