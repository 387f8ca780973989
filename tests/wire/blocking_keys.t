# Clients that wait for lists, and everything that can make a key one: also in transactions.

== RENAME, RENAMENX, COPY and MOVE
B> BLPOP a 0
stat blocked_clients ~1
A> RPUSH x 1
:1
> RENAME x a
+OK
B:
["a" "1"]
B> BLPOP a 0
stat blocked_clients ~1
A> RPUSH x 2
:1
> RENAMENX x a
:1
B:
["a" "2"]
B> BLPOP a 0
stat blocked_clients ~1
A> RPUSH x 3
:1
> COPY x a
:1
B:
["a" "3"]
A> LRANGE x 0 -1
["3"]
B> SELECT 2
+OK
B> BLPOP x 0
stat blocked_clients ~1
A> MOVE x 2
:1
B:
["x" "3"]
A> EXISTS x
:0

== a key that is renamed away is served under its new name only
B> BLPOP a 0
stat blocked_clients ~1
C> BLPOP b 0
stat blocked_clients ~2
A> MULTI
+OK
> RPUSH a 1
+QUEUED
> RENAME a b
+QUEUED
> EXEC
[:1 +OK]
C:
["b" "1"]
A> RPUSH a 2
:1
B:
["a" "2"]

== RESTORE and SORT
> RPUSH x 3 1 2
:3
> DUMP x
$?dump
B> BLPOP a 0
stat blocked_clients ~1
A> RESTORE a 0 "${dump}"
+OK
B:
["a" "3"]
A> LRANGE a 0 -1
["1" "2"]
> DEL a
:1
B> BLPOP a 0
stat blocked_clients ~1
A> SORT x STORE a
:3
B:
["a" "1"]

== SWAPDB
B> BLPOP a 0
stat blocked_clients ~1
C> SELECT 5
+OK
C> BLPOP a b 0
stat blocked_clients ~2
A> SELECT 5
+OK
> RPUSH x 1
:1
> SELECT 6
+OK
> RPUSH a 6
:1
> SWAPDB 0 6
+OK
B:
["a" "6"]
A> RPUSH b y
:1
> SWAPDB 6 5
+OK
C:
["b" "y"]
A> SWAPDB 5 6
+OK

== in a transaction nobody waits
> MULTI
+OK
> BLPOP a 0
+QUEUED
> BRPOP a b 0
+QUEUED
> BLMPOP 0 1 a LEFT
+QUEUED
> BLMOVE a b LEFT RIGHT 0
+QUEUED
> BRPOPLPUSH a b 0
+QUEUED
> RPUSH a 1 2 3 4 5
+QUEUED
> BLPOP none a 0
+QUEUED
> BRPOP a 0
+QUEUED
> BLMPOP 0 2 none a RIGHT COUNT 2
+QUEUED
> BLMOVE a b LEFT RIGHT 0
+QUEUED
> BRPOPLPUSH a b 0
+QUEUED
> BLPOP a x
+QUEUED
> EXEC
[*-1 *-1 *-1 $-1 $-1 :5 ["a" "1"] ["a" "5"] ["a" ["4" "3"]] "2" $-1 -/ERR timeout is not a float or out of range/]
stat blocked_clients =0

== in a transaction in RESP3 [resp3]
> MULTI
+OK
> BLPOP a 0
+QUEUED
> BLMPOP 0 1 a LEFT
+QUEUED
> BLMOVE a b LEFT RIGHT 0
+QUEUED
> EXEC
[_ _ _]

== who waits is served after the transaction
B> BLPOP a 0
stat blocked_clients ~1
A> MULTI
+OK
> RPUSH a 1 2
+QUEUED
> LPOP a
+QUEUED
> LLEN a
+QUEUED
> EXEC
[:2 "1" :1]
B:
["a" "2"]
B> BLPOP a 0
stat blocked_clients ~1
A> MULTI
+OK
> RPUSH a 1
+QUEUED
> DEL a
+QUEUED
> SET a x
+QUEUED
> EXEC
[:1 :1 +OK]
stat blocked_clients =1
> DEL a
:1
> RPUSH a 2
:1
B:
["a" "2"]

== keys are served in the order in which they became lists
B> BLPOP a b c 0
stat blocked_clients ~1
A> MULTI
+OK
> SET a x
+QUEUED
> RPUSH c 1
+QUEUED
> DEL a
+QUEUED
> RPUSH b 1
+QUEUED
> RPUSH a 1
+QUEUED
> EXEC
[+OK :1 :1 :1 :1]
B:
["c" "1"]
A> EXISTS a b c
:2

== service by a transaction touches what is watched
> WATCH b
+OK
B> BLMOVE a b LEFT LEFT 0
stat blocked_clients ~1
C> RPUSH a 1
:1
B:
"1"
A> MULTI
+OK
> GET none
+QUEUED
> EXEC
*-1

== a pause holds back what writes, also in transactions
> MULTI
+OK
> GET x
+QUEUED
B> MULTI
+OK
B> GET x
+QUEUED
B> SET x 1
+QUEUED
C> MULTI
+OK
D> CLIENT PAUSE 100000 WRITE
+OK
A> EXEC
[$-1]
B> EXEC
stat blocked_clients ~1
C> SET x 2
stat blocked_clients ~2
D> GET x
$-1
> CLIENT UNPAUSE
+OK
B:
[$-1 +OK]
C:
+QUEUED
C> EXEC
[+OK]
