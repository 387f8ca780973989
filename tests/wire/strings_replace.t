# GETSET, GETDEL, GETEX, SETEX, PSETEX, SETNX, MSETNX: strings set, read and removed as a whole.

== GETSET answers what was there and takes the deadline away
> GETSET k 1
$-1
> GETSET k two
"1"
> EXPIRE k 100
:1
> GETSET k three
"two"
> TTL k
:-1
> GET k
"three"
> RPUSH l x
:1
> GETSET l v
-WRONGTYPE Operation against a key holding the wrong kind of value
> TYPE l
+list
> GETSET k
-ERR wrong number of arguments for 'getset' command
> GETSET k v w
-ERR wrong number of arguments for 'getset' command
stat keyspace_hits +6
stat keyspace_misses +1

== GETDEL
> GETDEL k
$-1
> SET k v
+OK
> GETDEL k
"v"
> EXISTS k
:0
> RPUSH l x
:1
> GETDEL l
-WRONGTYPE Operation against a key holding the wrong kind of value
> EXISTS l
:1
> GETDEL
-ERR wrong number of arguments for 'getdel' command
> GETDEL k k
-ERR wrong number of arguments for 'getdel' command
stat keyspace_hits >=+2
commandstats getdel.calls +3

== GETEX without an option changes nothing
> GETEX k
$-1
> SET k v EX 100
+OK
> GETEX k
"v"
> TTL k
:99..100
> GETEX
-ERR wrong number of arguments for 'getex' command
> RPUSH l x
:1
> GETEX l
-WRONGTYPE Operation against a key holding the wrong kind of value
> GETEX l EX 100
-WRONGTYPE Operation against a key holding the wrong kind of value
> TTL l
:-1

== GETEX EX PX EXAT PXAT PERSIST
> SET k v
+OK
> GETEX k EX 100
"v"
> TTL k
:99..100
> GETEX k px 200000
"v"
> PTTL k
:190000..200000
> GETEX k EXAT ${now+300}
"v"
> TTL k
:298..301
> GETEX k PXAT ${nowms+400000}
"v"
> PTTL k
:390000..400000
> GETEX k persist
"v"
> TTL k
:-1
> GETEX k PERSIST
"v"
> GETEX k EX 10 EX 500
"v"
> TTL k
:499..500
> GETEX k PERSIST PERSIST
"v"
> TTL k
:-1

== GETEX of a key without a deadline makes room for one
> SET short v
+OK
> SET next v
+OK
> GETEX short EX 100
"v"
> GET next
"v"
> TTL short
:99..100

== GETEX with a time that is over removes the key
> SET k v
+OK
> GETEX k EXAT 1
"v"
> EXISTS k
:0
> SET k v
+OK
> GETEX k PXAT 1
"v"
> EXISTS k
:0

== what GETEX does not take
> SET k v
+OK
> GETEX k EX
-ERR syntax error
> GETEX k EX abc
-ERR value is not an integer or out of range
> GETEX k EX 1.5
-ERR value is not an integer or out of range
> GETEX k EX 0
-ERR invalid expire time in 'getex' command
> GETEX k PX -1
-ERR invalid expire time in 'getex' command
> GETEX k EXAT 0
-ERR invalid expire time in 'getex' command
> GETEX k PXAT -5
-ERR invalid expire time in 'getex' command
> GETEX k EX 9223372036854775807
-ERR invalid expire time in 'getex' command
> GETEX k PX 9223372036854775807
-ERR invalid expire time in 'getex' command
> GETEX k EX 10 PX 10
-ERR syntax error
> GETEX k EX 10 PERSIST
-ERR syntax error
> GETEX k PERSIST EX 10
-ERR syntax error
> GETEX k KEEPTTL
-ERR syntax error
> GETEX k NX
-ERR syntax error
> GETEX k nonsense
-ERR syntax error
> GETEX missing EX 0
$-1
> GETEX missing EX abc
$-1
> GETEX missing nonsense
-ERR syntax error
> TTL k
:-1
> GET k
"v"

== SETEX and PSETEX
> SETEX k 100 v
+OK
> GET k
"v"
> TTL k
:99..100
> PSETEX k 200000 12
+OK
> GET k
"12"
> PTTL k
:190000..200000
> INCR k
:13
> TTL k
:190..200
> RPUSH l x
:1
> SETEX l 100 v
+OK
> TYPE l
+string

== what SETEX and PSETEX do not take
> SET k old
+OK
> SETEX k 0 v
-ERR invalid expire time in 'setex' command
> SETEX k -1 v
-ERR invalid expire time in 'setex' command
> SETEX k abc v
-ERR value is not an integer or out of range
> SETEX k 9223372036854775807 v
-ERR invalid expire time in 'setex' command
> SETEX k 9223372036854775808 v
-ERR value is not an integer or out of range
> PSETEX k 0 v
-ERR invalid expire time in 'psetex' command
> PSETEX k -1 v
-ERR invalid expire time in 'psetex' command
> PSETEX k 1.5 v
-ERR value is not an integer or out of range
> PSETEX k 9223372036854775807 v
-ERR invalid expire time in 'psetex' command
> SETEX k 10
-ERR wrong number of arguments for 'setex' command
> PSETEX k 10
-ERR wrong number of arguments for 'psetex' command
> SETEX k 10 v x
-ERR wrong number of arguments for 'setex' command
> GET k
"old"
> TTL k
:-1

== SETNX
> SETNX k v
:1
> SETNX k w
:0
> GET k
"v"
> RPUSH l x
:1
> SETNX l v
:0
> TYPE l
+list
> SETNX k
-ERR wrong number of arguments for 'setnx' command
> SETNX k v w
-ERR wrong number of arguments for 'setnx' command

== SETNX over an expired key
> SET k v PX 1
+OK
wait 20
> SETNX k w
:1
> GET k
"w"
> TTL k
:-1

== MSETNX sets all or none
> MSETNX a 1 b 2 c 3
:1
> MGET a b c
["1" "2" "3"]
> MSETNX d 4 a 5
:0
> EXISTS d
:0
> GET a
"1"
> MSETNX e 1 e 2
:1
> GET e
"2"
> RPUSH l x
:1
> MSETNX f 1 l 2
:0
> EXISTS f
:0
> TYPE l
+list
> MSETNX g
-ERR wrong number of arguments for 'msetnx' command
> MSETNX g 1 h
-ERR wrong number of arguments for 'msetnx' command
> MSETNX
-ERR wrong number of arguments for 'msetnx' command
> MSETNX "" empty "bin\x00" "\xff"
:1
> MGET "" "bin\x00"
["empty" "\xff"]

== long values
> SET k ${x*50000}
+OK
> GETSET k ${y*9000}
"${x*50000}"
> GETEX k EX 100
"${y*9000}"
> GETDEL k
"${y*9000}"
> EXISTS k
:0
> SETNX k ${z*8192}
:1
> STRLEN k
:8192
> MSETNX a ${a*4096} b ${b*4097}
:1
> STRLEN a
:4096
> STRLEN b
:4097

== GETEX and GETDEL in RESP3 [resp3]
> GETDEL k
_
> GETEX k
_
> GETSET k v
_
> SET k w GET
"v"
> GETDEL k
"w"
