/* version.h: what kv is, and which Redis it presents itself as: clients look at redis_version to
 * decide which commands they may use.
 */
#ifndef KV_VERSION_H
#define KV_VERSION_H

#define KV_VERSION "0.1.0"
#define KV_MANUAL_DATE "November 25, 2026" /* of what the manual pages say */
#define KV_REDIS_VERSION "7.2.0"

#endif
