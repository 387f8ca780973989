# `timeout` closes idle connections.
options: --timeout 1

== an idle connection is closed
A> PING
+PONG
A:
closed
B> PING
+PONG
kv| stat kv_closed_idle >=+1

== a busy connection stays
A> PING
+PONG
wait 600
A> PING
+PONG
wait 600
A> PING
+PONG
wait 600
A> PING
+PONG

== timeout 0 closes nobody
A> CONFIG SET timeout 0
+OK
wait 2500
A> PING
+PONG
A> CONFIG SET timeout 1
+OK
