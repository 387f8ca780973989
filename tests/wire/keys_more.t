# RENAME, RENAMENX, COPY, MOVE, SWAPDB, TOUCH, RANDOMKEY, KEYS, EXPIREAT and its like, OBJECT,
# MEMORY USAGE.
kv-options: --key-count 20000

== RENAME
> SET a 1 EX 1000
+OK
> RENAME a b
+OK
> EXISTS a
:0
> GET b
"1"
> TTL b
:999..1000
> SET c other
+OK
> RENAME c b
+OK
> GET b
"other"
> TTL b
:-1
> RPUSH l x y
:2
> PEXPIRE l 500000
:1
> RENAME l b
+OK
> LRANGE b 0 -1
[ "x" "y" ]
> PTTL b
:490000..500000
> SET s v
+OK
> RENAME b s
+OK
> TYPE s
+list
> RENAME s "\x00 longer name than before, much longer than the list that has it"
+OK
> LRANGE "\x00 longer name than before, much longer than the list that has it" 0 -1
[ "x" "y" ]
> DBSIZE
:1
> RENAME missing b
-ERR no such key
> RENAME missing missing
-ERR no such key
> SET a 1
+OK
> RENAME a a
+OK
> GET a
"1"
> RENAME a
-ERR wrong number of arguments for 'rename' command
> RENAME a b c
-ERR wrong number of arguments for 'rename' command
> SET gone v PX 20
+OK
wait 60
> RENAME gone b
-ERR no such key
commandstats rename.calls >=+8
errorstats ERR >=+4

== RENAMENX
> MSET a 1 b 2
+OK
> RENAMENX a b
:0
> MGET a b
[ "1" "2" ]
> RENAMENX a c
:1
> MGET a b c
[ $-1 "2" "1" ]
> RENAMENX c c
:0
> RENAMENX missing c
-ERR no such key
> RENAMENX missing missing
-ERR no such key
> SET d v PX 20
+OK
wait 60
> RENAMENX c d
:1
> TTL d
:-1
> RENAMENX a
-ERR wrong number of arguments for 'renamenx' command

== COPY
> SET a 1 EX 1000
+OK
> COPY a b
:1
> MGET a b
[ "1" "1" ]
> TTL b
:999..1000
> SET a 2
+OK
> COPY a b
:0
> COPY a b REPLACE
:1
> OBJECT IDLETIME b
:0..100
> GET b
"2"
> TTL b
:-1
> INCR b
:3
> GET a
"2"
> RPUSH l x y z
:3
> COPY l b replace
:1
> RPOP b
"z"
> LRANGE l 0 -1
[ "x" "y" "z" ]
> LRANGE b 0 -1
[ "x" "y" ]
> COPY l m DB 3
:1
> EXISTS m
:0
> SELECT 3
+OK
> LRANGE m 0 -1
[ "x" "y" "z" ]
> COPY m m DB 0
:1
> COPY m m db 0
:0
> COPY m m DB 0 REPLACE
:1
> COPY m m DB 3
-ERR source and destination objects are the same
> COPY m m
-ERR source and destination objects are the same
> COPY missing missing
-ERR source and destination objects are the same
> COPY missing m REPLACE
:0
> EXISTS m
:1
> COPY m n DB 16
-ERR DB index is out of range
> COPY m n DB -1
-ERR DB index is out of range
> COPY m n DB abc
-ERR value is not an integer or out of range
> COPY m n DB 99999999999
-ERR value is out of range, value must between -2147483648 and 2147483647
> COPY m n DB
-ERR syntax error
> COPY m n WRONG
-ERR syntax error
> COPY m n REPLACE DB 1 REPLACE DB 2
:1
> SELECT 2
+OK
> EXISTS n
:1
> COPY n
-ERR wrong number of arguments for 'copy' command
mark
> COPY n o
:1
> COPY missing o
:0
stat keyspace_hits +1
stat keyspace_misses +1

== COPY of everything
> SET a ${x*5000}
+OK
> COPY a b
:1
> SET a ${x*9000}
+OK
> STRLEN b
:5000
> COPY a b REPLACE
:1
> DEL a
:1
> GET b
"${x*9000}"
> RPUSH l 1 ${y*2000} 3 ${z*5000}
:4
> COPY l m
:1
> DEL l
:1
> LRANGE m 0 -1
[ "1" "${y*2000}" "3" "${z*5000}" ]
repeat 300
> RPUSH long element-${i} ${i} ${w*1500}
:?n
> COPY long m REPLACE
:1
> DEL long
:1
> LLEN m
:900
> LINDEX m 600
"element-200"
> LINDEX m 899
"${w*1500}"
> RENAME m n
+OK
> LINDEX n 601
"200"

== MOVE
> SET a 1 EX 1000
+OK
> MOVE a 0
-ERR source and destination objects are the same
> MOVE missing 0
-ERR source and destination objects are the same
> MOVE a 1
:1
> MOVE a 1
:0
> EXISTS a
:0
> SET a 2
+OK
> MOVE a 1
:0
> GET a
"2"
> SELECT 1
+OK
> GET a
"1"
> TTL a
:999..1000
> MOVE a 16
-ERR DB index is out of range
> MOVE a -1
-ERR DB index is out of range
> MOVE a abc
-ERR value is not an integer or out of range
> MOVE a 99999999999
-ERR value is out of range, value must between -2147483648 and 2147483647
> MOVE a
-ERR wrong number of arguments for 'move' command
> RPUSH l x y
:2
> MOVE l 15
:1
> DBSIZE
:1
> SELECT 15
+OK
> LRANGE l 0 -1
[ "x" "y" ]

== SWAPDB
> MSET a 1 b 2
+OK
> EXPIRE a 1000
:1
B> SELECT 1
+OK
B> SET a one
+OK
A> SWAPDB 0 1
+OK
> GET a
"one"
> DBSIZE
:1
B> GET a
"1"
B> TTL a
:999..1000
B> DBSIZE
:2
B> SET c 3
+OK
B> FLUSHDB
+OK
B> DBSIZE
:0
A> DBSIZE
:1
> SWAPDB 1 0
+OK
> DBSIZE
:0
> SWAPDB 3 3
+OK
> SWAPDB 0 16
-ERR DB index is out of range
> SWAPDB -1 0
-ERR DB index is out of range
> SWAPDB a 0
-ERR invalid first DB index
> SWAPDB 0 b
-ERR invalid second DB index
> SWAPDB 0 99999999999
-ERR invalid second DB index
> SWAPDB 99999999999 b
-ERR invalid first DB index
> SWAPDB 0
-ERR wrong number of arguments for 'swapdb' command

== keys of swapped databases expire
> SET a v PX 40
+OK
> SET b v
+OK
> SWAPDB 0 9
+OK
> SELECT 9
+OK
wait 100
> GET a
$-1
> KEYS *
[ "b" ]
stat expired_keys ~+1

== TOUCH
> MSET a 1 b 2
+OK
> TOUCH a b missing a
:3
> TOUCH missing
:0
stat keyspace_hits +3
stat keyspace_misses +2
> TOUCH
-ERR wrong number of arguments for 'touch' command

== RANDOMKEY
> RANDOMKEY
$-1
> SET a 1
+OK
> RANDOMKEY
"a"
> SELECT 1
+OK
> RANDOMKEY
$-1
> MSET b 1 c 2
+OK
> RANDOMKEY
$/[bc]/
> PEXPIRE b 20
:1
wait 60
> RANDOMKEY
"c"
> PEXPIRE c 20
:1
wait 60
> RANDOMKEY
$-1
> RANDOMKEY x
-ERR wrong number of arguments for 'randomkey' command

== KEYS
> KEYS *
[]
> MSET user:1 a user:2 b item:1 c "a\\b" e "" g h[x]y h
+OK
> KEYS *
sorted[ "user:1" "user:2" "item:1" "a\\b" "" "h[x]y" ]
> KEYS user:*
sorted[ "user:1" "user:2" ]
> KEYS *:1
sorted[ "user:1" "item:1" ]
> KEYS item:1
[ "item:1" ]
> KEYS ""
[ "" ]
> KEYS [iu]*[^1]
[ "user:2" ]
> KEYS "a\\\\b"
[ "a\\b" ]
> KEYS "h\\[x\\]y"
[ "h[x]y" ]
> KEYS nothing
[]
> SELECT 1
+OK
> KEYS *
[]
> SET x v PX 20
+OK
wait 60
> KEYS *
[]
> KEYS
-ERR wrong number of arguments for 'keys' command
> KEYS a b
-ERR wrong number of arguments for 'keys' command

== EXPIREAT, PEXPIREAT, EXPIRETIME, PEXPIRETIME
> SET k v
+OK
> EXPIRETIME k
:-1
> PEXPIRETIME k
:-1
> EXPIRETIME missing
:-2
> PEXPIRETIME missing
:-2
> EXPIREAT k 33177117420
:1
> EXPIRETIME k
:33177117420
> PEXPIRETIME k
:33177117420000
> PEXPIREAT k 33177117420499
:1
> EXPIRETIME k
:33177117420
> PEXPIREAT k 33177117420500
:1
> EXPIRETIME k
:33177117421
> PEXPIRETIME k
:33177117420500
> EXPIREAT k ${now+100}
:1
> TTL k
:99..101
> PEXPIREAT k ${nowms+100000}
:1
> PTTL k
:90000..100000
> EXPIREAT k 33177117420 NX
:0
> EXPIREAT k 33177117420 GT
:1
> PEXPIREAT k 33177117419999 GT
:0
> PEXPIREAT k 33177117419999 LT
:1
> PEXPIREAT k 33177117419999 XX
:1
> PEXPIREAT k 33177117419999 XX GT
:0
> EXPIREAT k 1 NX XX
-ERR NX and XX, GT or LT options at the same time are not compatible
> PEXPIREAT k 1 GT LT
-ERR GT and LT options at the same time are not compatible
> EXPIREAT k 1 WRONG
-ERR Unsupported option WRONG
> EXPIREAT k abc
-ERR value is not an integer or out of range
> EXPIREAT k 9223372036854775807
-ERR invalid expire time in 'expireat' command
> EXPIREAT k 9223372036854775
:1
> PEXPIREAT k 9223372036854775807
:1
> PEXPIRETIME k
:9223372036854775807
> PEXPIREAT k 9223372036854775808
-ERR value is not an integer or out of range
> EXPIREAT missing 1
:0
> PEXPIREAT missing 33177117419999
:0
> EXPIREAT k 1
:1
> EXISTS k
:0
> SET k v
+OK
> PEXPIREAT k -1
:1
> EXISTS k
:0
> SET k v
+OK
> EXPIREAT k 0 GT
:0
> EXPIREAT k 0
:1
> DBSIZE
:0
> EXPIREAT k
-ERR wrong number of arguments for 'expireat' command
> PEXPIREAT
-ERR wrong number of arguments for 'pexpireat' command
> EXPIRETIME
-ERR wrong number of arguments for 'expiretime' command
> PEXPIRETIME a b
-ERR wrong number of arguments for 'pexpiretime' command

== OBJECT ENCODING
> MSET int 12345 negative -1 embstr ${x*44} raw ${x*45} long ${x*5000} empty "" zero 0 padded 007
+OK
> RPUSH l 1 2 3
:3
> OBJECT ENCODING int
"int"
> OBJECT ENCODING negative
"int"
> OBJECT ENCODING embstr
"embstr"
> OBJECT ENCODING raw
"raw"
> OBJECT ENCODING long
"raw"
> OBJECT ENCODING empty
"embstr"
> OBJECT ENCODING zero
"int"
> OBJECT ENCODING padded
"embstr"
> OBJECT ENCODING l
"quicklist"
> OBJECT ENCODING missing
$-1
> object encoding int
"int"
> OBJECT ENCODING
-ERR wrong number of arguments for 'object|encoding' command
> OBJECT ENCODING a b
-ERR wrong number of arguments for 'object|encoding' command
> OBJECT
-ERR wrong number of arguments for 'object' command
> OBJECT WRONG a
-ERR unknown subcommand 'WRONG'. Try OBJECT HELP.

== OBJECT REFCOUNT
> MSET zero 0 shared 9999 own 10000 negative -1 text x padded 01
+OK
> RPUSH l 1
:1
> OBJECT REFCOUNT zero
:2147483647
> OBJECT REFCOUNT shared
:2147483647
> OBJECT REFCOUNT own
:1
> OBJECT REFCOUNT negative
:1
> OBJECT REFCOUNT text
:1
> OBJECT REFCOUNT padded
:1
> OBJECT REFCOUNT l
:1
> OBJECT REFCOUNT missing
$-1
> DECR own
:9999
> OBJECT REFCOUNT own
:2147483647
> INCR shared
:10000
> OBJECT REFCOUNT shared
:1
> INCR negative
:0
> OBJECT REFCOUNT negative
:2147483647
> COPY zero copied
:1
> OBJECT REFCOUNT copied
:1
> OBJECT ENCODING copied
"int"
> RENAME copied renamed
+OK
> OBJECT REFCOUNT renamed
:1
> INCR renamed
:1
> OBJECT REFCOUNT renamed
:2147483647
> COPY zero copied
:1
> SET copied 5
+OK
> OBJECT REFCOUNT copied
:2147483647
> OBJECT REFCOUNT
-ERR wrong number of arguments for 'object|refcount' command

== OBJECT without a key
> OBJECT ENCODING missing
$-1
> SET k v
+OK
> OBJECT ENCODING k
"embstr"
stat keyspace_hits +1
stat keyspace_misses +1

== OBJECT without a key, RESP3 [resp3]
> OBJECT ENCODING missing
_
> MEMORY USAGE missing
_
> RANDOMKEY
_
> DUMP missing
_
> KEYS *
[]

== MEMORY USAGE
> SET k v
+OK
> MEMORY USAGE k
:1..1000
> MEMORY USAGE k SAMPLES 0
:1..1000
> MEMORY USAGE k samples 5 SAMPLES 9
:1..1000
> MEMORY USAGE missing
$-1
> MEMORY USAGE k SAMPLES
-ERR syntax error
> MEMORY USAGE k SAMPLES -1
-ERR syntax error
> MEMORY USAGE k SAMPLES abc
-ERR value is not an integer or out of range
> MEMORY USAGE missing WRONG
-ERR syntax error
> MEMORY USAGE
-ERR wrong number of arguments for 'memory|usage' command
> SET k ${x*100000}
+OK
> MEMORY USAGE k
:100000..200000
stat keyspace_hits +0
stat keyspace_misses +0

== MEMORY USAGE to the byte [kv]
> SET k v
+OK
# Head of 7 bytes, key, value, slot of 4; an entry of the index of 8.
> MEMORY USAGE k
:21
> SET k ${x*4097}
+OK
# A chain of one page, 12 bytes more of head.
> MEMORY USAGE k
:4129
> RPUSH l 1
:1
# The count of 2 bytes, the element of 2.
> MEMORY USAGE l
:24
stat used_memory >=+0

== MEMORY without a subcommand
> MEMORY
-ERR wrong number of arguments for 'memory' command
> MEMORY WRONG
-ERR unknown subcommand 'WRONG'. Try MEMORY HELP.

== COMMAND GETKEYS
> COMMAND GETKEYS RENAME a b
[ "a" "b" ]
> COMMAND GETKEYS COPY a b DB 1
[ "a" "b" ]
> COMMAND GETKEYS OBJECT ENCODING a
[ "a" ]
> COMMAND GETKEYS MEMORY USAGE a
[ "a" ]
> COMMAND GETKEYS RESTORE a 0 x
[ "a" ]
> COMMAND GETKEYS MOVE a 1
[ "a" ]
