# SET with all its options, GET, MGET, MSET, the counters, APPEND, STRLEN.

== SET and GET
> SET k v
+OK
> GET k
"v"
> SET k ""
+OK
> GET k
""
> GET missing
$-1
> SET "" "the empty key"
+OK
> GET ""
"the empty key"
> SET "bin\x00\r\n\xff" "val\x00\r\n\xfe"
+OK
> GET "bin\x00\r\n\xff"
"val\x00\r\n\xfe"
> set k lower
+OK
> GeT k
"lower"
commandstats set.calls +5
commandstats get.calls +6
stat keyspace_hits +5
stat keyspace_misses +1

== SET replaces another type
> RPUSH k a b
:2
> SET k v
+OK
> TYPE k
+string
> GET k
"v"

== SET EX PX EXAT PXAT
> SET k v EX 100
+OK
> TTL k
:99..100
> SET k v PX 100000
+OK
> PTTL k
:90000..100000
> SET k v EXAT ${now+100}
+OK
> TTL k
:98..101
> SET k v PXAT ${nowms+100000}
+OK
> PTTL k
:90000..100000
> SET k v ex 100 nx
$-1
> DEL k
:1
> SET k v NX EX 100
+OK
> TTL k
:99..100
> SET k v PX 1
+OK
wait 30
> GET k
$-1
> EXISTS k
:0
> SET k v EXAT 1
+OK
> GET k
$-1
> SET k v PXAT 1
+OK
> EXISTS k
:0

== SET without expiry removes it, KEEPTTL keeps it
> SET k v EX 100
+OK
> SET k w
+OK
> TTL k
:-1
> SET k v EX 100
+OK
> SET k w KEEPTTL
+OK
> GET k
"w"
> TTL k
:99..100
> SET new v KEEPTTL
+OK
> TTL new
:-1

== SET NX XX GET
> SET k v NX
+OK
> SET k w NX
$-1
> GET k
"v"
> SET missing v XX
$-1
> EXISTS missing
:0
> SET k w XX
+OK
> GET k
"w"
> SET k x GET
"w"
> GET k
"x"
> SET fresh v GET
$-1
> GET fresh
"v"
> SET k y XX GET
"x"
> SET k z NX GET
"y"
> GET k
"y"
> SET none z NX GET
$-1
> GET none
"z"
> SET nothing z XX GET
$-1
> EXISTS nothing
:0
> SET k 1 EX 100 GET
"y"
> TTL k
:99..100

== SET GET of another type
> RPUSH l a
:1
> SET l v GET
-WRONGTYPE Operation against a key holding the wrong kind of value
> TYPE l
+list
> SET l v NX GET
-WRONGTYPE Operation against a key holding the wrong kind of value
> SET l v XX
+OK
> TYPE l
+string

== SET syntax errors
> SET
-ERR wrong number of arguments for 'set' command
> SET k
-ERR wrong number of arguments for 'set' command
> SET k v EX
-ERR syntax error
> SET k v PX
-ERR syntax error
> SET k v EX 10 PX 10
-ERR syntax error
> SET k v EX 10 KEEPTTL
-ERR syntax error
> SET k v NX XX
-ERR syntax error
> SET k v EXAT 10 PXAT 10
-ERR syntax error
> SET k v WRONG
-ERR syntax error
> SET k v EX 10 EX 20
+OK
> SET k v NX NX
$-1
> SET k v GET GET
"v"
> SET k v KEEPTTL KEEPTTL
+OK
> SET k v PERSIST
-ERR syntax error
> SET k v EX 10 NX XX
-ERR syntax error
> GET k
"v"
errorstats ERR >=+10
commandstats set.failed_calls >=+5
commandstats set.rejected_calls +2

== SET expiry values
> SET k v EX 0
-ERR invalid expire time in 'set' command
> SET k v EX -1
-ERR invalid expire time in 'set' command
> SET k v PX 0
-ERR invalid expire time in 'set' command
> SET k v PX -5
-ERR invalid expire time in 'set' command
> SET k v EXAT 0
-ERR invalid expire time in 'set' command
> SET k v EXAT -1
-ERR invalid expire time in 'set' command
> SET k v PXAT 0
-ERR invalid expire time in 'set' command
> SET k v PXAT -1
-ERR invalid expire time in 'set' command
> SET k v EX abc
-ERR value is not an integer or out of range
> SET k v EX 1.5
-ERR value is not an integer or out of range
> SET k v EX ""
-ERR value is not an integer or out of range
> SET k v EX 9223372036854775807
-ERR invalid expire time in 'set' command
> SET k v EX 9223372036854775808
-ERR value is not an integer or out of range
> SET k v PX 9223372036854775807
-ERR invalid expire time in 'set' command
> SET k v EX 99999999999999999999999
-ERR value is not an integer or out of range
> SET k v EXAT 9223372036854775807
-ERR invalid expire time in 'set' command
> SET k v EX 9223372036854775
-ERR invalid expire time in 'set' command
> SET k v EX " 10"
-ERR value is not an integer or out of range
> SET k v EX +10
-ERR value is not an integer or out of range
> SET k v EX 010
-ERR value is not an integer or out of range
> EXISTS k
:0

== GET of another type
> RPUSH l a
:1
> GET l
-WRONGTYPE Operation against a key holding the wrong kind of value
> APPEND l x
-WRONGTYPE Operation against a key holding the wrong kind of value
> STRLEN l
-WRONGTYPE Operation against a key holding the wrong kind of value
> INCR l
-WRONGTYPE Operation against a key holding the wrong kind of value
> INCRBY l 2
-WRONGTYPE Operation against a key holding the wrong kind of value
> DECR l
-WRONGTYPE Operation against a key holding the wrong kind of value
> DECRBY l 2
-WRONGTYPE Operation against a key holding the wrong kind of value
errorstats WRONGTYPE +7
commandstats get.failed_calls +1

== MSET and MGET
> MSET a 1 b 2 c ""
+OK
> MGET a b c d
["1" "2" "" $-1]
> MGET a a a
["1" "1" "1"]
> RPUSH l x
:1
> MGET a l b
["1" $-1 "2"]
> MSET a x a y
+OK
> GET a
"y"
> MSET l now-a-string
+OK
> TYPE l
+string
> SET t v EX 100
+OK
> MSET t w
+OK
> TTL t
:-1
> MSET
-ERR wrong number of arguments for 'mset' command
> MSET a
-ERR wrong number of arguments for 'mset' command
> MSET a 1 b
-ERR wrong number of arguments for 'mset' command
> MSET a 1 b 2 c
-ERR wrong number of arguments for 'mset' command
> MGET
-ERR wrong number of arguments for 'mget' command
> MGET "\x00" a
[$-1 "y"]
> MSET "\x00" "\r\n"
+OK
> MGET "\x00"
["\r\n"]
commandstats mget.calls +5
stat keyspace_misses +2

== MGET in RESP3 [resp3]
> MSET a 1 b 2
+OK
> MGET a x b
["1" _ "2"]
> GET x
_
> SET k v NX GET
_
> SET k w GET
"v"
> SET k w NX
_

== INCR and its family
> INCR n
:1
> INCR n
:2
> INCRBY n 40
:42
> DECR n
:41
> DECRBY n 42
:-1
> GET n
"-1"
> INCRBY n -5
:-6
> DECRBY n -5
:-1
> SET n 10
+OK
> INCR n
:11
> STRLEN n
:2
> INCRBY n 0
:11
> TYPE n
+string
commandstats incr.calls +3

== INCR keeps the expiry
> SET n 5 EX 100
+OK
> INCR n
:6
> TTL n
:99..100

== INCR of what is not an integer
> SET s abc
+OK
> INCR s
-ERR value is not an integer or out of range
> SET s ""
+OK
> INCR s
-ERR value is not an integer or out of range
> SET s " 1"
+OK
> INCR s
-ERR value is not an integer or out of range
> SET s "1 "
+OK
> INCR s
-ERR value is not an integer or out of range
> SET s +1
+OK
> INCR s
-ERR value is not an integer or out of range
> SET s 01
+OK
> INCR s
-ERR value is not an integer or out of range
> SET s -0
+OK
> INCR s
-ERR value is not an integer or out of range
> SET s 1.0
+OK
> INCR s
-ERR value is not an integer or out of range
> SET s 1e3
+OK
> DECR s
-ERR value is not an integer or out of range
> SET s 9223372036854775808
+OK
> INCR s
-ERR value is not an integer or out of range
> SET s "1\x00"
+OK
> INCR s
-ERR value is not an integer or out of range
> SET s -1
+OK
> INCR s
:0
> SET s 0
+OK
> DECR s
:-1

== INCR overflow
> SET n 9223372036854775807
+OK
> INCR n
-ERR increment or decrement would overflow
> INCRBY n 1
-ERR increment or decrement would overflow
> DECRBY n -1
-ERR increment or decrement would overflow
> GET n
"9223372036854775807"
> DECR n
:9223372036854775806
> SET n -9223372036854775808
+OK
> DECR n
-ERR increment or decrement would overflow
> DECRBY n 1
-ERR increment or decrement would overflow
> INCRBY n -1
-ERR increment or decrement would overflow
> GET n
"-9223372036854775808"
> INCR n
:-9223372036854775807
> SET n 0
+OK
> INCRBY n 9223372036854775807
:9223372036854775807
> INCRBY n -9223372036854775808
:-1
> DECRBY n 9223372036854775807
:-9223372036854775808
> SET n -1
+OK
> DECRBY n -9223372036854775808
-ERR decrement would overflow
> DECRBY n 9223372036854775808
-ERR value is not an integer or out of range
> INCRBY n 9223372036854775808
-ERR value is not an integer or out of range
> INCRBY n abc
-ERR value is not an integer or out of range
> INCRBY n ""
-ERR value is not an integer or out of range
> INCRBY n 1.5
-ERR value is not an integer or out of range
> DECRBY n abc
-ERR value is not an integer or out of range
> INCRBY n
-ERR wrong number of arguments for 'incrby' command
> INCR
-ERR wrong number of arguments for 'incr' command
> INCR a b
-ERR wrong number of arguments for 'incr' command
> DECR
-ERR wrong number of arguments for 'decr' command
> DECRBY n
-ERR wrong number of arguments for 'decrby' command
> INCRBY n 1 2
-ERR wrong number of arguments for 'incrby' command
> GET n
"-1"

== integers and strings are one type
> SET n 12345
+OK
> APPEND n 678
:8
> GET n
"12345678"
> INCR n
:12345679
> STRLEN n
:8
> SET n -9223372036854775808
+OK
> STRLEN n
:20
> GET n
"-9223372036854775808"
> SET n 007
+OK
> GET n
"007"
> SET n -0
+OK
> GET n
"-0"
> SET n 18446744073709551616
+OK
> GET n
"18446744073709551616"

== APPEND
> APPEND a hello
:5
> APPEND a " world"
:11
> GET a
"hello world"
> APPEND a ""
:11
> STRLEN a
:11
> APPEND empty ""
:0
> EXISTS empty
:1
> GET empty
""
> APPEND a "\x00\r\n"
:14
> GET a
"hello world\x00\r\n"
> SET t x EX 100
+OK
> APPEND t y
:2
> TTL t
:99..100
> APPEND
-ERR wrong number of arguments for 'append' command
> APPEND a
-ERR wrong number of arguments for 'append' command
> APPEND a b c
-ERR wrong number of arguments for 'append' command
commandstats append.calls +6

== STRLEN
> STRLEN missing
:0
> SET s hello
+OK
> STRLEN s
:5
> SET s "\x00\x00"
+OK
> STRLEN s
:2
> STRLEN
-ERR wrong number of arguments for 'strlen' command
> STRLEN a b
-ERR wrong number of arguments for 'strlen' command
stat keyspace_misses +1
stat keyspace_hits +2

== values around the sizes of pages
repeat 3
> SET k${i} ${v*4096}
+OK
> SET a ${a*4095}
+OK
> STRLEN a
:4095
> APPEND a bc
:4097
> STRLEN a
:4097
> SET a ${a*8192}
+OK
> GET a
"${a*8192}"
> SET a ${a*8193}
+OK
> GET a
"${a*8193}"
> APPEND a ${b*9000}
:17193
> GET a
"${a*8193}${b*9000}"
> SET a ${c*100000}
+OK
> APPEND a ${d*100000}
:200000
> GET a
"${c*100000}${d*100000}"
> SET a small
+OK
> GET a
"small"
> MGET k0 a k2
[ "${v*4096}" "small" "${v*4096}" ]
> SET a ${x*2000} GET
"small"
> SET a y GET
"${x*2000}"
