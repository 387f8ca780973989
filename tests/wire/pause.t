# CLIENT PAUSE and UNPAUSE. While all commands are held back, CLIENT UNPAUSE is one of them.

== a pause of writes
> SET x 1
+OK
> CLIENT PAUSE 100000 WRITE
+OK
B> SET x 2
stat blocked_clients ~1
stat clients_in_timeout_table =0
C> LPUSH l 1
stat blocked_clients ~2
A> GET x
"1"
> EXISTS l
:0
> PING
+PONG
> SELECT 1
+OK
> SELECT 0
+OK
> CLIENT UNPAUSE
+OK
B:
+OK
C:
:1
A> GET x
"2"
stat blocked_clients =0
commandstats set.calls +2

== what is behind a held command waits too
> CLIENT PAUSE 100000 WRITE
+OK
B>> PING\r\nSET x 1\r\nGET x\r\nSET x 2\r\nGET x\r\n
B:
+PONG
stat blocked_clients ~1
A> GET x
$-1
> CLIENT UNPAUSE
+OK
B:
+OK
"1"
+OK
"2"

== in the order in which they came
> CLIENT PAUSE 100000 WRITE
+OK
B> RPUSH l b
stat blocked_clients ~1
C> RPUSH l c
stat blocked_clients ~2
D> RPUSH l d
stat blocked_clients ~3
A> CLIENT UNPAUSE
+OK
B:
:1
C:
:2
D:
:3

== it ends by itself
> CLIENT PAUSE 200 WRITE
+OK
B> SET x 1
+OK
A> GET x
"1"
> CLIENT PAUSE 200 ALL
+OK
> PING
+PONG
B> CLIENT PAUSE 100
+OK
> CLIENT UNPAUSE
+OK
C> PING
+PONG

== a stricter or later one counts
> CLIENT PAUSE 100000 WRITE
+OK
> CLIENT PAUSE 1 WRITE
+OK
B> SET x 1
stat blocked_clients ~1
A> GET x
$-1
> CLIENT UNPAUSE
+OK
B:
+OK

== errors are not held back
> CLIENT PAUSE 100000 WRITE
+OK
> SET x
-ERR wrong number of arguments for 'set' command
> NOSUCH
-/ERR unknown command 'NOSUCH', .*/
> CLIENT UNPAUSE
+OK

== blocking commands are held back, and time out for those who wait already
B> BLPOP a 0.4
stat blocked_clients ~1
A> CLIENT PAUSE 100000 WRITE
+OK
C> BLPOP a 0.01
stat blocked_clients >=1
B:
*-1
stat blocked_clients ~1
A> CLIENT UNPAUSE
+OK
C:
*-1

== EXEC that will fail does not wait, whatever was to be queued
A> SET k 1
+OK
B> WATCH k
+OK
A> SET k 2
+OK
B> MULTI
+OK
B> SET k 3
+QUEUED
A> CLIENT PAUSE 100000 WRITE
+OK
B> EXEC
*-1
A> CLIENT UNPAUSE
+OK

== one who waits is served after the pause
B> BLPOP a 0
stat blocked_clients ~1
A> CLIENT PAUSE 100000 WRITE
+OK
C> RPUSH a 1
stat blocked_clients ~2
A> CLIENT UNPAUSE
+OK
C:
:1
B:
["a" "1"]

== CLIENT LIST, KILL and UNBLOCK of one that is held back
> CLIENT PAUSE 100000 WRITE
+OK
B> CLIENT SETNAME held
+OK
B> CLIENT ID
:?b
B> SET x 1
stat blocked_clients ~1
A> CLIENT LIST
$/(.*\n)?id=\d+ [^\n]* name=held [^\n]* flags=b db=0 [^\n]* cmd=set [^\n]*\n(.*)/
# redis-server 7.0.15 ends when it is asked to unblock it.
kv| A> CLIENT UNBLOCK ${b}
kv| :0
A> CLIENT KILL ID ${b}
:1
B:
closed
stat blocked_clients ~0
A> CLIENT UNPAUSE
+OK
> EXISTS x
:0

== one that leaves is not executed
> CLIENT PAUSE 100000 WRITE
+OK
B> SET x 1
stat blocked_clients ~1
close B
stat blocked_clients ~0
A> CLIENT UNPAUSE
+OK
> EXISTS x
:0

== arguments
> CLIENT PAUSE
-ERR wrong number of arguments for 'client|pause' command
> CLIENT PAUSE x
-ERR timeout is not an integer or out of range
> CLIENT PAUSE 1.5
-ERR timeout is not an integer or out of range
> CLIENT PAUSE -1
-ERR timeout is negative
> CLIENT PAUSE x y
-ERR CLIENT PAUSE mode must be WRITE or ALL
> CLIENT PAUSE 1 all x
-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.
> CLIENT UNPAUSE x
-ERR wrong number of arguments for 'client|unpause' command
> CLIENT PAUSE 0
+OK
> client pause 0 write
+OK
> CLIENT PAUSE 9223372036854775807
+OK
> PING
+PONG
> CLIENT UNPAUSE
+OK
> SET x 1
+OK
