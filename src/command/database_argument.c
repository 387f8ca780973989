#include "database_argument.h"

#include "kv/number.h"

bool int_argument(struct call *call, u32 i, const char *error, i64 *value) {
    bool is_number = number_parse_i64(call->argv[i], value);
    if (is_number && *value >= INT32_MIN && *value <= INT32_MAX) return true;
    if (error == NULL) {
        error = is_number
                    ? "ERR value is out of range, value must between -2147483648 and 2147483647"
                    : "ERR value is not an integer or out of range";
    }
    call_error(call, error);
    return false;
}

bool database_argument(struct call *call, u32 i, u32 *database) {
    i64 value;
    if (!int_argument(call, i, NULL, &value)) return false;
    if (value < 0 || value >= STORE_DATABASES) {
        call_error(call, "ERR DB index is out of range");
        return false;
    }
    *database = (u32)value;
    return true;
}
