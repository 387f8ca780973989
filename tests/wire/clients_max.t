# A client beyond the greatest number of clients. One of them is the runner's own.
options: --maxclients 4

== one client too many
stat connected_clients ~1
A> PING
+PONG
B> PING
+PONG
C> PING
+PONG
mark
open D
D:
-ERR max number of clients reached
closed
stat rejected_connections +1
A> PING
+PONG
B> PING
+PONG
C> PING
+PONG
stat connected_clients =4
close B
stat connected_clients ~3
E> PING
+PONG
open F
F:
-ERR max number of clients reached
closed
stat rejected_connections +2
A> SET k v
+OK
E> GET k
"v"
