# SHUTDOWN.

== SHUTDOWN
> SET k v
+OK
> SHUTDOWN
exits 0

== SHUTDOWN NOSAVE
> SHUTDOWN NOSAVE
exits 0

== SHUTDOWN with all its words
> SHUTDOWN NOSAVE NOW FORCE
exits 0

== the server is new afterwards
> GET k
$-1
> PING
+PONG

== SHUTDOWN refused
> SHUTDOWN WRONG
-ERR syntax error
> SHUTDOWN SAVE NOSAVE
-ERR syntax error
> SHUTDOWN ABORT
-ERR No shutdown in progress.
> SHUTDOWN ABORT NOW
-ERR syntax error
> SHUTDOWN NOSAVE WRONG
-ERR syntax error
> PING
+PONG

== what came before SHUTDOWN is answered [kv]
>> *2\r\n$4\r\nECHO\r\n$1\r\na\r\n*2\r\n$8\r\nSHUTDOWN\r\n$6\r\nNOSAVE\r\n
"a"
exits 0
