# The lines of a monitor and the replies of its own transaction, which lie in one chain, where reply
# memory is short.

only: kv
options: --connections-max 8 --key-count 1000 --val-size-max 20000 --request-size-max 262144 --reply-size-max 262144 --reply-memory 330000

== lines take nothing from the replies that are reserved: the monitor goes, the server stays
> MONITOR
+OK
> MULTI
+OK
+/\S+ \[0 \S+\] "MULTI"/
repeat 90
> ECHO "${\x01*1900}"
+QUEUED
> EXEC
closed
B> PING
+PONG
stat kv_closed_monitor +1
pools pool_monitors.used =0
pools pool_transaction_chunks.used =0
