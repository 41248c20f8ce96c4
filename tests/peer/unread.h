/*
 * What the other end of a loopback connection has not read yet: known only
 * where the kernel tells, and only to let pieces arrive one by one.
 */
#ifndef PEER_UNREAD_H
#define PEER_UNREAD_H

#include <stdbool.h>

/*
 * Whether bytes wait at the client's end of the IPv4 connection fd.  False
 * also where nobody knows.
 */
bool unread_by_client(int fd);

#endif
