# Clients that stall: others keep full service, they are closed after their timeout, and counted.
only: kv
options: --request-timeout 1 --reply-timeout 2 --connections-max 100

== half a request
A>> *2\r\n$3\r\nGET\r\n$10\r\nabc
B> SET k v
+OK
repeat 100
B> GET k
"v"
A:
closed
stat kv_closed_request_timeout +1
B> PING
+PONG
stat connected_clients ~2

== half an inline request
A>> PIN
A:
closed
stat kv_closed_request_timeout +1

== half a large request
A>> *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n${x*400000}
B> PING
+PONG
A:
closed
stat kv_closed_request_timeout +1
B> EXISTS k
:0

== half of what is skipped
A>> *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4000000\r\n${x*400000}
B> PING
+PONG
A:
closed
stat kv_closed_request_timeout +1

== the commands before the half one are answered
A>> *1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPI
+PONG
closed

== a request that makes progress is waited for
A>> *2\r\n$4\r\nECHO\r\n$8\r\na
wait 500
A>> b
wait 500
A>> c
wait 500
A>> d
wait 500
A>> efgh
wait 500
A>> \r\n
"abcdefgh"
stat kv_closed_request_timeout +0

== an idle connection is no stalled one
A> PING
+PONG
wait 2500
A> PING
+PONG
stat kv_closed_request_timeout +0
stat kv_closed_idle +0

== a client that reads nothing
A> SET k ${x*1000000}
+OK
repeat 100
A> GET k
B> PING
+PONG
repeat 50
B> GET k
"${x*1000000}"
stat kv_closed_reply_timeout ~+1
A:
cut off
B> GET k
"${x*1000000}"
stat pool_reply_chunks.used ~1

== a client that reads slowly is served
A> SET k ${x*200000}
+OK
A> STRLEN k
:200000
wait 1500
A> GET k
"${x*200000}"
