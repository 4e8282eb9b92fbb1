/* SPDX-License-Identifier: Apache-2.0 */
/* Allowlists of addresses: single ones, CIDR blocks and a-b ranges, IPv4 and IPv6, comma-separated.
 */
#ifndef BRAZE_IP_H
#define BRAZE_IP_H

#include <apr_pools.h>

#include "braze_err.h"

#define BRAZE_IP_MAX_ENTRIES 1000

/* Parsed entries; immutable. */
typedef struct braze_ip_list_t braze_ip_list_t;

/*
 * Parses a list; empty or NULL text gives an empty list. 400 invalidValue (BRAZE-0030) whose detail
 * names every bad entry and why (host bits set, a range whose ends are of two families or the wrong
 * way round, a host name …).
 */
braze_err_t *braze_ip_list_parse(braze_ip_list_t **list, const char *text,
                                 apr_pool_t *pool) BRAZE_MUST_CHECK;

/* NULL is not an empty list (and has nothing): a list that was not read lets nobody in. */
int braze_ip_list_is_empty(const braze_ip_list_t *list);

/* 1 when the textual address (no port; an IPv4-mapped IPv6 one counts as IPv4) stands in the list.
 * Not an address: 0. */
int braze_ip_list_has(const braze_ip_list_t *list, const char *address);

#endif
