/* list.h: an intrusive, circular, doubly linked list. A node that is in no list is linked to
 * itself, so that list_remove is always allowed and membership can be asked.
 */
#ifndef KV_LIST_H
#define KV_LIST_H

#include "kv/types.h"

struct list_node {
    struct list_node *prev;
    struct list_node *next;
};

static inline void list_init(struct list_node *node) {
    node->prev = node->next = node;
}
static inline bool list_is_empty(const struct list_node *head) {
    return head->next == head;
}
static inline bool list_is_linked(const struct list_node *node) {
    return node->next != node;
}

static inline void list_remove(struct list_node *node) {
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}
static inline void list_push_back(struct list_node *head, struct list_node *node) {
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}
/* Moves a node, linked or not, to the back: "most recent last". */
static inline void list_move_back(struct list_node *head, struct list_node *node) {
    list_remove(node);
    list_push_back(head, node);
}

#endif
