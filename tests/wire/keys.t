# DEL, UNLINK, EXISTS, TYPE, expiry, SCAN, the databases.
kv-options: --key-count 20000

== DEL, UNLINK, EXISTS, TYPE
> MSET a 1 b 2 c 3 d 4
+OK
> RPUSH l x y
:2
> EXISTS a
:1
> EXISTS a b missing a
:3
> TYPE a
+string
> TYPE l
+list
> TYPE missing
+none
> DEL a missing b
:2
> UNLINK c missing l
:2
> EXISTS a b c l
:0
> EXISTS d
:1
> DEL d d
:1
> DEL missing
:0
> UNLINK missing
:0
> DBSIZE
:0
> SET "\x00\xff" v
+OK
> EXISTS "\x00\xff" "\x00"
:1
> DEL "\x00\xff"
:1
> DEL
-ERR wrong number of arguments for 'del' command
> UNLINK
-ERR wrong number of arguments for 'unlink' command
> EXISTS
-ERR wrong number of arguments for 'exists' command
> TYPE
-ERR wrong number of arguments for 'type' command
> TYPE a b
-ERR wrong number of arguments for 'type' command
commandstats del.calls +4
commandstats unlink.calls +2
commandstats exists.calls +5

== hits and misses of reads
> MSET a 1 b 2
+OK
> RPUSH l x
:1
mark
> EXISTS a missing
:1
stat keyspace_hits +1
stat keyspace_misses +1
mark
> TYPE a
+string
> TTL missing
:-2
> LLEN l
:1
> LINDEX l 0
"x"
> LRANGE l 0 -1
["x"]
> STRLEN a
:1
> GET missing
$-1
stat keyspace_hits +5
stat keyspace_misses +2
mark
> DEL a missing
:1
> EXPIRE b 100
:1
> PERSIST b
:1
> INCR b
:3
> APPEND b x
:2
> RPUSH l y
:2
> LPOP l
"x"
stat keyspace_hits +0
stat keyspace_misses +0

== EXPIRE, PEXPIRE, TTL, PTTL, PERSIST
> SET k v
+OK
> TTL k
:-1
> PTTL k
:-1
> TTL missing
:-2
> PTTL missing
:-2
> EXPIRE k 100
:1
> TTL k
:99..100
> PTTL k
:90000..100000
> PEXPIRE k 50000
:1
> TTL k
:49..50
> PERSIST k
:1
> PERSIST k
:0
> TTL k
:-1
> PERSIST missing
:0
> EXPIRE missing 10
:0
> PEXPIRE missing 10
:0
> EXPIRE k 10000000000
:1
> TTL k
:9999999999..10000000000
> PEXPIRE k 1499
:1
> TTL k
:1
> GET k
"v"

== expiry in the past deletes
> SET k v
+OK
> EXPIRE k 0
:1
> EXISTS k
:0
> SET k v
+OK
> EXPIRE k -1
:1
> EXISTS k
:0
> SET k v
+OK
> PEXPIRE k -100
:1
> GET k
$-1
> SET k v
+OK
> PEXPIRE k 0
:1
> TYPE k
+none
> RPUSH l a
:1
> EXPIRE l -5
:1
> LLEN l
:0
> DBSIZE
:0
stat expired_keys >=+0

== keys vanish when their time has come
> SET a v PX 40
+OK
> SET b v
+OK
> PEXPIRE b 40
:1
> RPUSH l x
:1
> PEXPIRE l 40
:1
> SET stays v EX 1000
+OK
wait 300
> GET a
$-1
> EXISTS a b l stays
:1
> TTL a
:-2
> PTTL b
:-2
> LRANGE l 0 -1
[]
> DEL a
:0
> INCR a
:1
> TTL a
:-1
stat expired_keys ~+3

== expired keys are reclaimed without being asked for
repeat 200
> SET k${i} v PX 30
+OK
stat expired_keys ~+200
> DBSIZE
:0

== EXPIRE with conditions
> SET k v
+OK
> EXPIRE k 100 XX
:0
> EXPIRE k 100 GT
:0
> TTL k
:-1
> EXPIRE k 100 LT
:1
> EXPIRE k 200 NX
:0
> EXPIRE k 50 GT
:0
> EXPIRE k 200 GT
:1
> TTL k
:199..200
> EXPIRE k 300 LT
:0
> EXPIRE k 100 LT
:1
> TTL k
:99..100
> EXPIRE k 400 XX
:1
> TTL k
:399..400
> PERSIST k
:1
> EXPIRE k 100 NX
:1
> PEXPIRE k 200000 GT
:1
> PEXPIRE k 1000 NX
:0
> PEXPIRE k 300000 LT
:0
> PEXPIRE k 50000 lt
:1
> PTTL k
:40000..50000
> EXPIRE k 100 XX GT
:1
> EXPIRE k 50 XX LT
:1
> EXPIRE k 100 NX XX
-ERR NX and XX, GT or LT options at the same time are not compatible
> EXPIRE k 100 NX GT
-ERR NX and XX, GT or LT options at the same time are not compatible
> EXPIRE k 100 NX LT
-ERR NX and XX, GT or LT options at the same time are not compatible
> EXPIRE k 100 GT LT
-ERR GT and LT options at the same time are not compatible
> EXPIRE k 100 XX GT LT
-ERR GT and LT options at the same time are not compatible
> EXPIRE k 100 WRONG
-ERR Unsupported option WRONG
> EXPIRE k 100 XX WRONG
-ERR Unsupported option WRONG
> EXPIRE k 100 "A\r\nB\n\r\n"
-ERR Unsupported option A  B
> EXPIRE missing 100 NX
:0
> EXPIRE missing 100 NX XX
-ERR NX and XX, GT or LT options at the same time are not compatible
> EXPIRE k 100 XX XX
:1
> EXPIRE k -1 GT
:0
> EXISTS k
:1
> EXPIRE k -1 LT
:1
> EXISTS k
:0

== EXPIRE values
> SET k v
+OK
> EXPIRE k abc
-ERR value is not an integer or out of range
> EXPIRE k 1.5
-ERR value is not an integer or out of range
> EXPIRE k ""
-ERR value is not an integer or out of range
> EXPIRE k 9223372036854775807
-ERR invalid expire time in 'expire' command
> EXPIRE k -9223372036854775808
-ERR invalid expire time in 'expire' command
> EXPIRE k 9223372036854775808
-ERR value is not an integer or out of range
> EXPIRE k 9223372036854775
-ERR invalid expire time in 'expire' command
> EXPIRE k -9223372036854775
:1
> EXISTS k
:0
> SET k v
+OK
> PEXPIRE k 9223372036854775807
-ERR invalid expire time in 'pexpire' command
> PEXPIRE k 9223372036854775808
-ERR value is not an integer or out of range
> PEXPIRE k -9223372036854775808
:1
> EXISTS k
:0
> EXPIRE missing abc
-ERR value is not an integer or out of range
> EXPIRE k
-ERR wrong number of arguments for 'expire' command
> EXPIRE
-ERR wrong number of arguments for 'expire' command
> PEXPIRE k
-ERR wrong number of arguments for 'pexpire' command
> TTL
-ERR wrong number of arguments for 'ttl' command
> TTL a b
-ERR wrong number of arguments for 'ttl' command
> PTTL
-ERR wrong number of arguments for 'pttl' command
> PERSIST
-ERR wrong number of arguments for 'persist' command
> PERSIST a b
-ERR wrong number of arguments for 'persist' command

== databases are apart
> SET k zero
+OK
> SELECT 1
+OK
> GET k
$-1
> SET k one
+OK
> DBSIZE
:1
> SELECT 15
+OK
> DBSIZE
:0
> SET k fifteen
+OK
> RPUSH l a
:1
> SELECT 0
+OK
> GET k
"zero"
> DBSIZE
:1
B> GET k
"zero"
B> SELECT 15
+OK
> GET k
"zero"
A> SELECT 1
+OK
> DEL k
:1
> DBSIZE
:0
> FLUSHDB
+OK
> SELECT 15
+OK
> DBSIZE
:2
> FLUSHDB
+OK
> DBSIZE
:0
> SELECT 0
+OK
> DBSIZE
:1
> SET x y
+OK
> FLUSHALL
+OK
> DBSIZE
:0
> SELECT 16
-ERR DB index is out of range
> SELECT -1
-ERR DB index is out of range
> SELECT abc
-ERR value is not an integer or out of range
> SELECT 1.5
-ERR value is not an integer or out of range
> SELECT ""
-ERR value is not an integer or out of range
> SELECT 9223372036854775808
-ERR value is not an integer or out of range
> SELECT 4294967296
-ERR value is out of range, value must between -2147483648 and 2147483647
> SELECT
-ERR wrong number of arguments for 'select' command
> SELECT 1 2
-ERR wrong number of arguments for 'select' command
> CLIENT INFO
$/.* db=0 .*/

== FLUSHDB and FLUSHALL
> SET a 1
+OK
> FLUSHDB ASYNC
+OK
> DBSIZE
:0
> SET a 1
+OK
> FLUSHDB SYNC
+OK
> DBSIZE
:0
> SET a 1
+OK
> FLUSHALL async
+OK
> DBSIZE
:0
> SET a 1
+OK
> FLUSHALL sync
+OK
> DBSIZE
:0
> SET a 1
+OK
> FLUSHDB WRONG
-ERR syntax error
> FLUSHALL WRONG
-ERR syntax error
> FLUSHDB SYNC SYNC
-ERR syntax error
> FLUSHALL ASYNC SYNC
-ERR syntax error
> DBSIZE
:1
> DBSIZE x
-ERR wrong number of arguments for 'dbsize' command
commandstats flushdb.calls >=+2
commandstats flushall.calls >=+2

== keyspace in INFO
> MSET a 1 b 2
+OK
> SET c 3 EX 1000
+OK
> SELECT 3
+OK
> SET x y
+OK
stat db0.keys =3
stat db0.expires =1
stat db3.keys =1
stat db3.expires =0
> INFO keyspace
$/# Keyspace\r\ndb0:keys=3,expires=1,avg_ttl=\d+\r\ndb3:keys=1,expires=0,avg_ttl=0\r\n/
> FLUSHALL
+OK
> INFO keyspace
"# Keyspace\r\n"

== SCAN of little
scan
[]
> SCAN 0
[ $/\d+/ [] ]
> SET only v
+OK
scan
["only"]
scan COUNT 1
["only"]
scan COUNT 100 MATCH on*
["only"]
scan COUNT 100 MATCH no
[]
scan MATCH only COUNT 1000 TYPE string
["only"]
scan COUNT 1000 TYPE list
[]
scan COUNT 1000 TYPE hash
[]
scan COUNT 1000 TYPE nonsense
[]
scan TYPE STRING COUNT 1000
["only"]
scan match only count 1000
["only"]
commandstats scan.calls >=+11

== SCAN MATCH
> MSET user:1 a user:2 b user:10 c item:1 d "a\\b" e a*b f "" g h[x]y h
+OK
> RPUSH list:1 x
:1
scan COUNT 1000 MATCH user:*
sorted["user:1" "user:2" "user:10"]
scan COUNT 1000 MATCH user:?
sorted["user:1" "user:2"]
scan COUNT 1000 MATCH *:1
sorted["user:1" "item:1" "list:1"]
scan COUNT 1000 MATCH [ui]*:1
sorted["user:1" "item:1"]
scan COUNT 1000 MATCH [^u]*:1
sorted["item:1" "list:1"]
scan COUNT 1000 MATCH user:[0-1]
sorted["user:1"]
scan COUNT 1000 MATCH "a\\*b"
sorted["a*b"]
scan COUNT 1000 MATCH "a\\\\b"
sorted["a\\b"]
scan COUNT 1000 MATCH a*b
sorted["a*b" "a\\b"]
scan COUNT 1000 MATCH ""
sorted[""]
scan COUNT 1000 MATCH "h\\[x\\]y"
sorted["h[x]y"]
scan COUNT 1000 MATCH USER:1
sorted[]
scan COUNT 1000 MATCH user:1
sorted["user:1"]
scan COUNT 1000 TYPE list
sorted["list:1"]
scan COUNT 1000 MATCH *er* TYPE string
sorted["user:1" "user:2" "user:10"]
scan COUNT 1000 MATCH *
sorted["user:1" "user:2" "user:10" "item:1" "a\\b" "a*b" "" "h[x]y" "list:1"]

== SCAN of much ends
repeat 500
> SET key:${i} v
+OK
> SCAN 0 COUNT 5
[ $?cursor [ ... ] ]
> SCAN ${cursor} COUNT 100000000
[ "0" [ ... ] ]
scan MATCH key:4?9
sorted[ "key:409" "key:419" "key:429" "key:439" "key:449" "key:459" "key:469" "key:479" "key:489"
        "key:499" ]
scan COUNT 3 MATCH key:7
[ "key:7" ]
> SELECT 1
+OK
scan COUNT 100000
[]

== SCAN does not show what has expired
> SET a v PX 20
+OK
> SET b v
+OK
wait 60
scan COUNT 1000
["b"]

== SCAN errors
> SET k v
+OK
> SCAN
-ERR wrong number of arguments for 'scan' command
> SCAN abc
-ERR invalid cursor
> SCAN 1.5
-ERR invalid cursor
> SCAN 99999999999999999999999
-ERR invalid cursor
> SCAN 0 COUNT
-ERR syntax error
> SCAN 0 COUNT 0
-ERR syntax error
> SCAN 0 COUNT -5
-ERR syntax error
> SCAN 0 COUNT abc
-ERR value is not an integer or out of range
> SCAN 0 COUNT 9223372036854775808
-ERR value is not an integer or out of range
> SCAN 0 MATCH
-ERR syntax error
> SCAN 0 TYPE
-ERR syntax error
> SCAN 0 WRONG
-ERR syntax error
> SCAN 0 WRONG x
-ERR syntax error
> SCAN 0 COUNT 10 MATCH
-ERR syntax error
> SCAN " 0"
-ERR invalid cursor
> SCAN "0\x00x" COUNT 0
-ERR syntax error
> SCAN "0x\x00"
-ERR invalid cursor
scan COUNT 1 COUNT 1000 MATCH x MATCH k
["k"]
