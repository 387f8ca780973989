/* dashboard.h: the page that GET / of the HTTP plane answers: one document that asks nobody but the
 * server it came from.
 *
 * It is made of the files in admin/dashboard/, in the order in which admin/dashboard_page.S has
 * them, and lies among the program's constants.
 */
#ifndef KV_DASHBOARD_H
#define KV_DASHBOARD_H

#include "kv/bytes.h"

/* HTML in UTF-8, valid as long as the program runs. */
struct bytes dashboard_page(void);

#endif
