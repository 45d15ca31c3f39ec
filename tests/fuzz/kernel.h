/*
 * A kernel made of bytes: in the drivers send() and recv() are these (ld's
 * --wrap), so that everything between a socket and a record is walked through.
 * An input is datagrams, each with its length before it (two bytes, low byte
 * first); behind the last one every question is acknowledged.
 */
#ifndef TESTS_FUZZ_KERNEL_H
#define TESTS_FUZZ_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "netops/netlink.h"

/* A socket that hears what is in data. It is the same in every run. */
struct netlink *kernel_open(const uint8_t *data, size_t size);

#endif
