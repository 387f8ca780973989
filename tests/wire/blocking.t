# Clients that wait for lists: BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH, and CLIENT UNBLOCK.

== BLPOP and BRPOP take what is there
> RPUSH a 1 2 3
:3
> BLPOP a 0
["a" "1"]
> BRPOP a 0
["a" "3"]
> BLPOP none a 0
["a" "2"]
> EXISTS a
:0
> RPUSH b x
:1
> RPUSH c y
:1
> BLPOP a c b 0
["c" "y"]
> BRPOP a c b 1.5
["b" "x"]
commandstats blpop.calls +3
commandstats brpop.calls +2

== BLPOP waits for a push
B> BLPOP a b 0
stat blocked_clients ~1
A> RPUSH b 1 2
:2
B:
["b" "1"]
A> LRANGE b 0 -1
["2"]
stat blocked_clients =0
commandstats blpop.calls +1

== BRPOP waits for a push
B> BRPOP a 0
stat blocked_clients ~1
A> RPUSH a 1 2 3
:3
B:
["a" "3"]

== waiting in RESP3 [resp3]
B> BLPOP a 0
stat blocked_clients ~1
A> LPUSH a x
:1
B:
["a" "x"]
B> BLPOP a 0.01
_
B> BLMPOP 0.01 1 a LEFT
_
B> BLMOVE a b LEFT LEFT 0.01
_
B> BRPOPLPUSH a b 0.01
_

== first come, first served
B> BLPOP a 0
stat blocked_clients ~1
C> BRPOP x a 0
stat blocked_clients ~2
D> BLPOP a y 0
stat blocked_clients ~3
A> RPUSH a 1 2
:2
B:
["a" "1"]
C:
["a" "2"]
A> LPUSH a 3
:1
D:
["a" "3"]
A> EXISTS a
:0

== a client waits once for a key it names twice
B> BLPOP a a b a 0
stat blocked_clients ~1
A> RPUSH a 1 2 3
:3
B:
["a" "1"]
A> LLEN a
:2

== what was sent behind it is executed afterwards
B>> BLPOP a 0\r\nPING one\r\nBLPOP a 0\r\nPING two\r\n
stat blocked_clients ~1
A> RPUSH a 1
:1
B:
["a" "1"]
"one"
stat blocked_clients ~1
A> RPUSH a 2
:1
B:
["a" "2"]
"two"

== inline requests with quotes
B>> BLPOP "a\\x00 b" 'c' 0\r\n
stat blocked_clients ~1
A> RPUSH "a\x00 b" x
:1
B:
["a\x00 b" "x"]

== an empty key, and a long one
B> BLPOP "" 0
stat blocked_clients ~1
A> RPUSH "" x
:1
B:
["" "x"]
B> BLPOP ${k*1000} ${l*1000} 0
stat blocked_clients ~1
A> RPUSH ${l*1000} y
:1
B:
["${l*1000}" "y"]

== the list is gone before the command ends
B> BLPOP a 0
stat blocked_clients ~1
A> SET a x
+OK
A> DEL a
:1
A> PING
+PONG
stat blocked_clients =1
A> RPUSH a 1
:1
B:
["a" "1"]

== BLMPOP
> RPUSH a 1 2 3 4 5
:5
> BLMPOP 0 1 a LEFT
["a" ["1"]]
> BLMPOP 0 2 none a RIGHT COUNT 2
["a" ["5" "4"]]
> blmpop 0 1 a left count 10
["a" ["2" "3"]]
> EXISTS a
:0
> BLMPOP 0.01 1 a LEFT
*-1
B> BLMPOP 0 2 x a RIGHT COUNT 2
stat blocked_clients ~1
A> RPUSH a 1 2 3
:3
B:
["a" ["3" "2"]]
B> BLMPOP 0 2 x y LEFT COUNT 9
stat blocked_clients ~1
A> RPUSH y 1 2 3
:3
B:
["y" ["1" "2" "3"]]
A> EXISTS y
:0

== BLMOVE
> RPUSH a 1 2 3
:3
> BLMOVE a b LEFT RIGHT 0
"1"
> BLMOVE a b RIGHT LEFT 0
"3"
> BRPOPLPUSH a b 0
"2"
> LRANGE b 0 -1
["2" "3" "1"]
> BLMOVE b b LEFT RIGHT 0
"2"
> LRANGE b 0 -1
["3" "1" "2"]
B> BLMOVE a b LEFT LEFT 0
stat blocked_clients ~1
A> RPUSH a x y
:2
B:
"x"
A> LRANGE b 0 -1
["x" "3" "1" "2"]
> LRANGE a 0 -1
["y"]
B> BRPOPLPUSH c d 0
stat blocked_clients ~1
A> RPUSH c 1 2
:2
B:
"2"
A> LRANGE d 0 -1
["2"]

== a chain of moves
B> BLMOVE a b LEFT RIGHT 0
stat blocked_clients ~1
C> BLMOVE b c LEFT RIGHT 0
stat blocked_clients ~2
D> BLPOP c 0
stat blocked_clients ~3
A> RPUSH a x
:1
B:
"x"
C:
"x"
D:
["c" "x"]
A> DBSIZE
:0

== a key is served in the order in which it got something
A> BLMOVE l m LEFT RIGHT 0
stat blocked_clients ~1
B> BLMOVE l n LEFT RIGHT 0
stat blocked_clients ~2
C> BLMOVE m l LEFT RIGHT 0
stat blocked_clients ~3
D> BRPOP l n 0
stat blocked_clients ~4
E> RPUSH l 1 2
:2
A:
"1"
B:
"2"
C:
"1"
D:
[ "n" "2" ]
E> LRANGE l 0 -1
[ "1" ]

== moves in a circle
B> BLMOVE a b LEFT RIGHT 0
stat blocked_clients ~1
C> BLMOVE b a LEFT RIGHT 0
stat blocked_clients ~2
A> RPUSH a x
:1
B:
"x"
C:
"x"
A> LRANGE a 0 -1
["x"]

== BLMOVE to the list itself
B> BLMOVE a a LEFT RIGHT 0
stat blocked_clients ~1
C> BLMOVE a a LEFT RIGHT 0
stat blocked_clients ~2
A> RPUSH a 1 2 3
:3
B:
"1"
C:
"2"
A> LRANGE a 0 -1
["3" "1" "2"]

== a destination of the wrong type
> SET s x
+OK
> BLMOVE a s LEFT LEFT 0.01
*-1
> RPUSH a 1
:1
> BLMOVE a s LEFT LEFT 0.01
-WRONGTYPE Operation against a key holding the wrong kind of value
> DEL a
:1
B> BLMOVE a s LEFT LEFT 0
stat blocked_clients ~1
C> BLPOP a 0
stat blocked_clients ~2
A> RPUSH a 1
:1
B:
-WRONGTYPE Operation against a key holding the wrong kind of value
C:
["a" "1"]
commandstats blmove.failed_calls +2
errorstats WRONGTYPE +2

== a key of the wrong type
> SET s x
+OK
> BLPOP s 0
-WRONGTYPE Operation against a key holding the wrong kind of value
> BLPOP none s 0
-WRONGTYPE Operation against a key holding the wrong kind of value
> BRPOP s 0
-WRONGTYPE Operation against a key holding the wrong kind of value
> BLMPOP 0 1 s LEFT
-WRONGTYPE Operation against a key holding the wrong kind of value
> BLMOVE s a LEFT LEFT 0
-WRONGTYPE Operation against a key holding the wrong kind of value
> BRPOPLPUSH s a 0
-WRONGTYPE Operation against a key holding the wrong kind of value
> RPUSH a 1
:1
> BLPOP a s 0
["a" "1"]

== a key that gets another type is waited for until it is a list
B> BLPOP a 0
stat blocked_clients ~1
A> SET a x
+OK
A> PING
+PONG
stat blocked_clients =1
A> DEL a
:1
A> LPUSH a 1
:1
B:
["a" "1"]

== timeouts
> BLPOP a 0.01
*-1
> BRPOP a b 0.01
*-1
> BLMPOP 0.01 2 a b RIGHT COUNT 3
*-1
> BLMOVE a b LEFT RIGHT 0.01
*-1
> BRPOPLPUSH a b 0.01
*-1
> BLPOP a 1e-9
*-1
> BLPOP a 0x1p-7
*-1
> BLPOP a 00.001
*-1
stat blocked_clients =0
stat clients_in_timeout_table =0
commandstats blpop.calls +4

== timeouts come in their own order
B> BLPOP a 0.3
C> BLPOP a 0.1
D> BLPOP a 0.2
stat blocked_clients ~3
stat clients_in_timeout_table =3
C:
*-1
D:
*-1
B:
*-1
A> RPUSH a 1
:1
A> LLEN a
:1

== a timeout that is none
> BLPOP a x
-ERR timeout is not a float or out of range
> BLPOP a ""
-ERR timeout is not a float or out of range
> BLPOP a " 1"
-ERR timeout is not a float or out of range
> BLPOP a "1 "
-ERR timeout is not a float or out of range
> BLPOP a nan
-ERR timeout is not a float or out of range
> BLPOP a -1
-ERR timeout is negative
> BLPOP a -0.01
-ERR timeout is negative
> BLPOP a inf
-ERR timeout is negative
> BLPOP a 1e400
-ERR timeout is negative
> BLPOP a 1e5000
-ERR timeout is not a float or out of range
> BLPOP a 9.3e15
-ERR timeout is negative
> BRPOP a -1
-ERR timeout is negative
> BLMOVE a b LEFT LEFT -1
-ERR timeout is negative
> BRPOPLPUSH a b x
-ERR timeout is not a float or out of range
> BLMPOP x 1 a LEFT
-ERR timeout is not a float or out of range
> BLMPOP -1 1 a LEFT
-ERR timeout is negative
> RPUSH a 1
:1
> BLPOP a x
-ERR timeout is not a float or out of range
> LLEN a
:1
stat blocked_clients =0

== waits longer than any clock
B> CLIENT ID
:?b
B> BLPOP a 9e15
stat blocked_clients ~1
A> RPUSH a 1
:1
B:
["a" "1"]
B> BLPOP a -0.0001
stat blocked_clients ~1
A> CLIENT UNBLOCK ${b}
:1
B:
*-1

== arguments
> BLPOP a
-ERR wrong number of arguments for 'blpop' command
> BRPOP a
-ERR wrong number of arguments for 'brpop' command
> BLMOVE a b LEFT LEFT
-ERR wrong number of arguments for 'blmove' command
> BLMOVE a b x LEFT 0
-ERR syntax error
> BLMOVE a b LEFT x y
-ERR syntax error
> BRPOPLPUSH a b
-ERR wrong number of arguments for 'brpoplpush' command
> BLMPOP 0 1 a
-ERR wrong number of arguments for 'blmpop' command
> BLMPOP 0 0 a LEFT
-ERR numkeys should be greater than 0
> BLMPOP 0 x a LEFT
-ERR numkeys should be greater than 0
> BLMPOP x -1 a LEFT
-ERR numkeys should be greater than 0
> BLMPOP 0 2 a LEFT
-ERR syntax error
> BLMPOP 0 1 a MIDDLE
-ERR syntax error
> BLMPOP 0 2 a b LEFT COUNT 0
-ERR count should be greater than 0
> BLMPOP 0 1 a LEFT COUNT x
-ERR count should be greater than 0
> BLMPOP 0 1 a LEFT COUNT
-ERR syntax error
> BLMPOP 0 1 a LEFT LIMIT 1
-ERR syntax error
> BLMPOP 0 1 a LEFT COUNT 1 COUNT 2
-ERR syntax error

== CLIENT UNBLOCK
B> CLIENT ID
:?b
B> BLPOP a 0
stat blocked_clients ~1
A> CLIENT UNBLOCK ${b}
:1
B:
*-1
B> BLPOP a 0
stat blocked_clients ~1
A> CLIENT UNBLOCK ${b} TIMEOUT
:1
B:
*-1
B> BLMOVE a b LEFT LEFT 100
stat blocked_clients ~1
A> client unblock ${b} error
:1
B:
-UNBLOCKED client unblocked via CLIENT UNBLOCK
B> BLMPOP 0 1 a LEFT
stat blocked_clients ~1
A> CLIENT UNBLOCK ${b} ERROR
:1
> CLIENT UNBLOCK ${b} ERROR
:0
B:
-UNBLOCKED client unblocked via CLIENT UNBLOCK
A> RPUSH a 1
:1
> LLEN a
:1
stat clients_in_timeout_table =0
errorstats UNBLOCKED +2

== CLIENT UNBLOCK of nobody
A> CLIENT ID
:?a
> CLIENT UNBLOCK ${a}
:0
> CLIENT UNBLOCK 987654321 ERROR
:0
> CLIENT UNBLOCK -1
:0
> CLIENT UNBLOCK 0
:0
> CLIENT UNBLOCK x
-ERR value is not an integer or out of range
> CLIENT UNBLOCK x FOO
-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR
> CLIENT UNBLOCK ${a} TIMEOUT x
-ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP.
> CLIENT UNBLOCK
-ERR wrong number of arguments for 'client|unblock' command

== what is behind an unblocked one goes on
B> CLIENT ID
:?b
B>> BLPOP a 0\r\nPING\r\n
stat blocked_clients ~1
A> CLIENT UNBLOCK ${b} ERROR
:1
B:
-UNBLOCKED client unblocked via CLIENT UNBLOCK
+PONG

== CLIENT KILL of a client that waits
B> CLIENT ID
:?b
B> BLPOP a 0
stat blocked_clients ~1
A> CLIENT KILL ID ${b}
:1
B:
closed
stat blocked_clients ~0
A> RPUSH a 1
:1
> LLEN a
:1

== a client that leaves loses nothing
B> BLPOP a b 0
stat blocked_clients ~1
C> BLPOP a 0
stat blocked_clients ~2
close B
stat blocked_clients ~1
A> RPUSH a 1
:1
C:
["a" "1"]

== a client that leaves with requests behind
B>> BLPOP a 0\r\nSET x 1\r\nSET x 2\r\n
stat blocked_clients ~1
close B
stat blocked_clients ~0
A> EXISTS x
:0

== CLIENT LIST shows who waits
B> CLIENT SETNAME waits
+OK
B> BLPOP a 0
stat blocked_clients ~1
A> CLIENT LIST
$/(.*\n)?id=\d+ [^\n]* name=waits [^\n]* flags=b db=0 [^\n]* cmd=blpop [^\n]*\n(.*)/
A> RPUSH a 1
:1
B:
["a" "1"]
A> CLIENT LIST
$/(.*\n)?id=\d+ [^\n]* name=waits [^\n]* flags=N db=0 [^\n]* cmd=blpop [^\n]*\n(.*)/

== databases
B> SELECT 3
+OK
B> BLPOP a 0
C> BLPOP a 0
stat blocked_clients ~2
A> RPUSH a 0
:1
C:
["a" "0"]
A> SELECT 3
+OK
> RPUSH a 3
:1
B:
["a" "3"]

== FLUSHDB leaves them waiting
B> BLPOP a 0
stat blocked_clients ~1
A> RPUSH other 1
:1
> FLUSHDB
+OK
> FLUSHALL
+OK
> RPUSH a 1
:1
B:
["a" "1"]

== an expired list is none
> RPUSH a 1
:1
> PEXPIRE a 1
:1
wait 20
> BLPOP a 0.01
*-1

== COMMAND
> COMMAND GETKEYS BLPOP a b 0
["a" "b"]
> COMMAND GETKEYS BLMPOP 0 2 a b LEFT
["a" "b"]
> COMMAND GETKEYS BLMOVE a b LEFT LEFT 0
["a" "b"]

== CLIENT UNBLOCK twice in one transaction
B> CLIENT ID
:?b
B> BLPOP a 0
stat blocked_clients ~1
A> MULTI
+OK
> CLIENT UNBLOCK ${b}
+QUEUED
> CLIENT UNBLOCK ${b} ERROR
+QUEUED
> EXEC
[:1 :0]
B:
*-1
> PING
+PONG
stat blocked_clients =0
