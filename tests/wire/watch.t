# WATCH and UNWATCH: which changes of which keys make EXEC fail.

== a key that is changed by another
> SET a 1
+OK
> WATCH a
+OK
> MULTI
+OK
> SET a 2
+QUEUED
B> SET a 3
+OK
A> EXEC
*-1
> GET a
"3"
> MULTI
+OK
> GET a
+QUEUED
> EXEC
[ "3" ]

== the same in RESP3 [resp3]
> WATCH a
+OK
> MULTI
+OK
B> SET a 3
+OK
A> EXEC
_

== a key that is not changed
> SET a 1
+OK
> WATCH a b c
+OK
B> SET d 1
+OK
B> GET a
"1"
B> DEL b c
:0
B> SELECT 1
+OK
B> SET a 1
+OK
B> FLUSHDB
+OK
A> MULTI
+OK
> INCR a
+QUEUED
> EXEC
[ :2 ]

== EXEC and DISCARD forget what was watched
> WATCH a
+OK
> MULTI
+OK
> EXEC
[ ]
> SET a 1
+OK
> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]
> WATCH a
+OK
> SET a 2
+OK
> MULTI
+OK
> DISCARD
+OK
> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]

== UNWATCH forgets
> WATCH a
+OK
> SET a 1
+OK
> UNWATCH
+OK
> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]
> UNWATCH
+OK

== UNWATCH within MULTI comes too late
> WATCH a
+OK
> SET a 1
+OK
> MULTI
+OK
> UNWATCH
+QUEUED
> EXEC
*-1
> WATCH a
+OK
> MULTI
+OK
> UNWATCH
+QUEUED
> SET a 2
+QUEUED
> EXEC
[ +OK +OK ]

== own changes count too
> WATCH a
+OK
> SET a 1
+OK
> CLIENT INFO
$/(?s).* flags=d .*/
> WATCH b
+OK
> MULTI
+OK
> PING
+QUEUED
> CLIENT INFO
+QUEUED
> EXEC
*-1
> CLIENT INFO
$/(?s).* flags=N .*/

== the changes of the transaction itself do not
> WATCH a b
+OK
> MULTI
+OK
> SET a 1
+QUEUED
> DEL b
+QUEUED
> FLUSHDB
+QUEUED
> EXEC
[ +OK :0 +OK ]

== an error comes before a change
> WATCH a
+OK
> MULTI
+OK
> NOSUCH
-ERR unknown command 'NOSUCH', with args beginning with:\x20
B> SET a 1
+OK
A> EXEC
-EXECABORT Transaction discarded because of previous errors.

== every kind of change
> SET s 1
+OK
> RPUSH l a b c
:3
> WATCH s
+OK
B> INCR s
:2
A> MULTI
+OK
> EXEC
*-1
> WATCH s
+OK
B> APPEND s x
:2
A> MULTI
+OK
> EXEC
*-1
> WATCH s
+OK
B> EXPIRE s 1000
:1
A> MULTI
+OK
> EXEC
*-1
> WATCH s
+OK
B> PERSIST s
:1
A> MULTI
+OK
> EXEC
*-1
> WATCH s
+OK
B> GETDEL s
"2x"
A> MULTI
+OK
> EXEC
*-1
> WATCH l
+OK
B> LPUSH l z
:4
A> MULTI
+OK
> EXEC
*-1
> WATCH l
+OK
B> RPOP l
"c"
A> MULTI
+OK
> EXEC
*-1
> WATCH l
+OK
B> LSET l 0 y
+OK
A> MULTI
+OK
> EXEC
*-1
> WATCH l m
+OK
B> LMOVE l m LEFT LEFT
"y"
A> MULTI
+OK
> EXEC
*-1
> WATCH m
+OK
B> DEL m
:1
A> MULTI
+OK
> EXEC
*-1
> WATCH n
+OK
B> MSET n 1 o 2
+OK
A> MULTI
+OK
> EXEC
*-1
> WATCH n
+OK
B> RENAME o n
+OK
A> MULTI
+OK
> EXEC
*-1
> WATCH o
+OK
B> COPY n o
:1
A> MULTI
+OK
> EXEC
*-1
> WATCH n
+OK
B> MOVE n 1
:1
A> MULTI
+OK
> EXEC
*-1
> WATCH o
+OK
B> SETRANGE o 5 x
:6
A> MULTI
+OK
> EXEC
*-1
> WATCH o
+OK
B> SETBIT o 1 1
:0
A> MULTI
+OK
> EXEC
*-1

== what changes nothing
> SET s 1
+OK
> RPUSH l a
:1
> WATCH s l x
+OK
B> SETNX s 2
:0
B> GET s
"1"
B> SET s 2 NX
$-1
B> LPUSHX x a
:0
B> LREM l 0 nope
:0
B> PERSIST s
:0
B> DEL x
:0
B> LPUSH s a
-WRONGTYPE Operation against a key holding the wrong kind of value
B> EXPIRE x 100
:0
B> GETRANGE s 0 -1
"1"
A> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]

== a key that is made, and one that is removed
> WATCH a
+OK
B> RPUSH a x
:1
A> MULTI
+OK
> EXEC
*-1
> WATCH a
+OK
B> RPOP a
"x"
A> MULTI
+OK
> EXEC
*-1
> WATCH a
+OK
B> SET a 1
+OK
B> DEL a
:1
A> MULTI
+OK
> EXEC
*-1

== a key that expires
> SET a 1 PX 60
+OK
> SET b 1 PX 100000
+OK
> WATCH a b
+OK
wait 150
> MULTI
+OK
> PING
+QUEUED
> EXEC
*-1
> WATCH b
+OK
> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]

== a key that has expired before
> SET a 1 PX 20
+OK
wait 60
> WATCH a
+OK
> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]
> SET a 1 PX 20
+OK
wait 60
> WATCH a
+OK
B> GET a
$-1
A> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]
> WATCH a
+OK
B> SET a 2
+OK
A> MULTI
+OK
> EXEC
*-1

== FLUSHDB and FLUSHALL
> SET a 1
+OK
> WATCH a
+OK
B> FLUSHDB
+OK
A> MULTI
+OK
> EXEC
*-1
> SET a 1
+OK
> WATCH a
+OK
B> FLUSHALL
+OK
A> MULTI
+OK
> EXEC
*-1
> WATCH a
+OK
B> FLUSHALL
+OK
B> FLUSHDB
+OK
A> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]
> SET b 1
+OK
> WATCH a
+OK
B> FLUSHALL
+OK
A> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]
> SET a 1
+OK
> WATCH a
+OK
B> SELECT 1
+OK
B> FLUSHDB
+OK
A> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]

== SWAPDB
> SET a 1
+OK
> WATCH a
+OK
B> SWAPDB 0 1
+OK
A> MULTI
+OK
> EXEC
*-1
> WATCH a
+OK
B> SWAPDB 0 1
+OK
A> MULTI
+OK
> EXEC
*-1
> WATCH a
+OK
B> SWAPDB 2 3
+OK
B> SWAPDB 0 0
+OK
A> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]
> FLUSHALL
+OK
> WATCH a
+OK
B> SWAPDB 0 1
+OK
A> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]

# The table of watched keys does not know their names.
== SWAPDB with other keys there
> SELECT 1
+OK
> SET other 1
+OK
> SELECT 0
+OK
> WATCH a
+OK
B> SWAPDB 0 1
+OK
A> MULTI
+OK
> PING
+QUEUED
> EXEC
kv| *-1
redis| [ +PONG ]

== the database is that of WATCH
> WATCH a
+OK
> SELECT 1
+OK
B> SELECT 1
+OK
B> SET a 1
+OK
A> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]
> WATCH a
+OK
> SELECT 0
+OK
> MULTI
+OK
> PING
+QUEUED
B> DEL a
:1
A> EXEC
*-1

== RESET forgets
> WATCH a
+OK
> SET a 1
+OK
> RESET
+RESET
> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]

== several clients watch one key
> SET a 1
+OK
> WATCH a
+OK
B> WATCH a
+OK
C> WATCH a b
+OK
C> UNWATCH
+OK
D> INCR a
:2
A> MULTI
+OK
> EXEC
*-1
B> MULTI
+OK
B> EXEC
*-1
C> MULTI
+OK
C> EXEC
[ ]

== what blocking commands change
> WATCH l m
+OK
B> BLMOVE l m LEFT LEFT 0
C> RPUSH l x
:1
B:
"x"
A> MULTI
+OK
> EXEC
*-1

== the whole increment of a counter [resp3]
> WATCH n
+OK
> GET n
_
> MULTI
+OK
> SET n 1
+QUEUED
> GET n
+QUEUED
> EXEC
[ +OK "1" ]
