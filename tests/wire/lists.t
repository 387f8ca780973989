# LPUSH, RPUSH, LPOP, RPOP, LRANGE, LLEN, LINDEX.

== push and range
> RPUSH l a b c
:3
> LPUSH l x y
:5
> LRANGE l 0 -1
["y" "x" "a" "b" "c"]
> LLEN l
:5
> TYPE l
+list
> RPUSH l ""
:6
> RPUSH l "\x00\r\n\xff"
:7
> LRANGE l -2 -1
["" "\x00\r\n\xff"]
> rpush l 12 -7 007 9223372036854775807 9223372036854775808
:12
> LRANGE l 7 -1
["12" "-7" "007" "9223372036854775807" "9223372036854775808"]
> LLEN missing
:0
> RPUSH "" ""
:1
> LRANGE "" 0 -1
[""]
commandstats rpush.calls +5
commandstats lrange.calls +4
commandstats llen.calls +2

== LRANGE indices
> RPUSH l a b c d e
:5
> LRANGE l 0 0
["a"]
> LRANGE l 1 3
["b" "c" "d"]
> LRANGE l -3 -2
["c" "d"]
> LRANGE l -100 100
["a" "b" "c" "d" "e"]
> LRANGE l 4 100
["e"]
> LRANGE l 5 10
[]
> LRANGE l 3 1
[]
> LRANGE l -1 0
[]
> LRANGE l -100 -50
[]
> LRANGE l 0 -6
[]
> LRANGE l 2 2
["c"]
> LRANGE missing 0 -1
[]
> LRANGE l 9223372036854775807 9223372036854775807
[]
> LRANGE l -9223372036854775808 9223372036854775807
["a" "b" "c" "d" "e"]
> LRANGE l 0 9223372036854775808
-ERR value is not an integer or out of range
> LRANGE l a 1
-ERR value is not an integer or out of range
> LRANGE l 0 b
-ERR value is not an integer or out of range
> LRANGE l 0 1.5
-ERR value is not an integer or out of range
> LRANGE l "" 1
-ERR value is not an integer or out of range
> LRANGE missing a 1
-ERR value is not an integer or out of range
> LRANGE l 0
-ERR wrong number of arguments for 'lrange' command
> LRANGE l
-ERR wrong number of arguments for 'lrange' command
> LRANGE
-ERR wrong number of arguments for 'lrange' command
> LRANGE l 0 1 2
-ERR wrong number of arguments for 'lrange' command
stat keyspace_misses +1

== LINDEX
> RPUSH l a b c
:3
> LINDEX l 0
"a"
> LINDEX l 2
"c"
> LINDEX l 3
$-1
> LINDEX l -1
"c"
> LINDEX l -3
"a"
> LINDEX l -4
$-1
> LINDEX missing 0
$-1
> LINDEX l a
-ERR value is not an integer or out of range
> LINDEX l 1.0
-ERR value is not an integer or out of range
> LINDEX l 9223372036854775807
$-1
> LINDEX l -9223372036854775808
$-1
> LINDEX l 9223372036854775808
-ERR value is not an integer or out of range
> LINDEX missing abc
$-1
> LINDEX l
-ERR wrong number of arguments for 'lindex' command
> LINDEX l 0 1
-ERR wrong number of arguments for 'lindex' command
commandstats lindex.calls >=+12

== LPOP and RPOP
> RPUSH l a b c d
:4
> LPOP l
"a"
> RPOP l
"d"
> LRANGE l 0 -1
["b" "c"]
> LPOP l
"b"
> LPOP l
"c"
> LPOP l
$-1
> RPOP l
$-1
> EXISTS l
:0
> TYPE l
+none
> LPOP
-ERR wrong number of arguments for 'lpop' command
> RPOP
-ERR wrong number of arguments for 'rpop' command
> LPOP a b c
-ERR wrong number of arguments for 'lpop' command
> RPOP a b c
-ERR wrong number of arguments for 'rpop' command
commandstats lpop.calls +5
commandstats lpop.rejected_calls +1
commandstats lpop.failed_calls +1

== LPOP and RPOP with a count
> RPUSH l a b c d e f g
:7
> LPOP l 2
["a" "b"]
> RPOP l 2
["g" "f"]
> LPOP l 0
[]
> RPOP l 0
[]
> LRANGE l 0 -1
["c" "d" "e"]
> LPOP l 1
["c"]
> LPOP l 100
["d" "e"]
> EXISTS l
:0
> LPOP l 1
*-1
> RPOP l 1
*-1
> LPOP l 0
*-1
> LPOP l -1
-ERR value is out of range, must be positive
> RPOP l -1
-ERR value is out of range, must be positive
> LPOP l abc
-ERR value is out of range, must be positive
> LPOP l 1.5
-ERR value is out of range, must be positive
> LPOP l ""
-ERR value is out of range, must be positive
> LPOP l 9223372036854775808
-ERR value is out of range, must be positive
> LPOP l 9223372036854775807
*-1
> RPUSH l a b c
:3
> RPOP l 9223372036854775807
["c" "b" "a"]
> RPUSH l a
:1
> LPOP l -1
-ERR value is out of range, must be positive
> LPOP l -9223372036854775808
-ERR value is out of range, must be positive
> LLEN l
:1

== nulls of lists in RESP3 [resp3]
> LPOP missing
_
> LPOP missing 2
_
> RPOP missing
_
> RPOP missing 0
_
> LINDEX missing 0
_
> RPUSH l a b
:2
> LPOP l 0
[]
> LPOP l 1
["a"]
> LRANGE l 0 -1
["b"]
> LRANGE missing 0 -1
[]
> LINDEX l 5
_

== lists of another type
> SET s v
+OK
> LPUSH s a
-WRONGTYPE Operation against a key holding the wrong kind of value
> RPUSH s a b
-WRONGTYPE Operation against a key holding the wrong kind of value
> LPOP s
-WRONGTYPE Operation against a key holding the wrong kind of value
> RPOP s
-WRONGTYPE Operation against a key holding the wrong kind of value
> LPOP s 1
-WRONGTYPE Operation against a key holding the wrong kind of value
> LPOP s abc
-ERR value is out of range, must be positive
> RPOP s 2
-WRONGTYPE Operation against a key holding the wrong kind of value
> LRANGE s 0 -1
-WRONGTYPE Operation against a key holding the wrong kind of value
> LLEN s
-WRONGTYPE Operation against a key holding the wrong kind of value
> LINDEX s 0
-WRONGTYPE Operation against a key holding the wrong kind of value
> LINDEX s abc
-WRONGTYPE Operation against a key holding the wrong kind of value
> GET s
"v"
errorstats WRONGTYPE >=+9

== arity of the pushes
> LPUSH
-ERR wrong number of arguments for 'lpush' command
> LPUSH l
-ERR wrong number of arguments for 'lpush' command
> RPUSH
-ERR wrong number of arguments for 'rpush' command
> RPUSH l
-ERR wrong number of arguments for 'rpush' command
> LLEN
-ERR wrong number of arguments for 'llen' command
> LLEN a b
-ERR wrong number of arguments for 'llen' command
> EXISTS l
:0

== a list keeps its expiry until it is gone
> RPUSH l a b
:2
> EXPIRE l 100
:1
> RPUSH l c
:3
> LPOP l
"a"
> TTL l
:98..100
> LPOP l 10
["b" "c"]
> TTL l
:-2
> RPUSH l a
:1
> TTL l
:-1

== a long list
repeat 1000
> RPUSH l element-${i}
:1..1000
> LLEN l
:1000
> LINDEX l 0
"element-0"
> LINDEX l 999
"element-999"
> LINDEX l 500
"element-500"
> LINDEX l -500
"element-500"
> LRANGE l 497 503
["element-497" "element-498" "element-499" "element-500" "element-501" "element-502" "element-503"]
> LPOP l 3
["element-0" "element-1" "element-2"]
> RPOP l 3
["element-999" "element-998" "element-997"]
> LRANGE l 0 2
["element-3" "element-4" "element-5"]
> LRANGE l -3 -1
["element-994" "element-995" "element-996"]
repeat 494
> LPOP l
$?x
> LINDEX l 0
"element-497"
repeat 499
> RPOP l
$?x
> LRANGE l 0 -1
["element-497"]
> LPOP l 2
["element-497"]
> EXISTS l
:0

== growing at the front
repeat 600
> LPUSH l ${i} ${v*30}${i}
:2..1200
> LINDEX l 0
"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvv599"
> LINDEX l 1
"599"
> LINDEX l -1
"0"
> LINDEX l -2
"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvv0"
> LINDEX l 600
"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvv299"
> LLEN l
:1200
> DEL l
:1
> LLEN l
:0

== elements of all sizes
> RPUSH l ${a*2000} ${b*5000} c ${d*4096} ${e*100000} "" 12345
:7
> LRANGE l 0 -1
[ "${a*2000}" "${b*5000}" "c" "${d*4096}" "${e*100000}" "" "12345" ]
> LINDEX l 4
"${e*100000}"
> LPOP l
"${a*2000}"
> RPOP l 3
[ "12345" "" "${e*100000}" ]
> LPUSH l ${f*9000}
:4
> LINDEX l 0
"${f*9000}"
> LRANGE l 0 -1
[ "${f*9000}" "${b*5000}" "c" "${d*4096}" ]
> DEL l
:1
> EXISTS l
:0

== many elements in one push
> RPUSH l ${x *2000}y
:2001
> LLEN l
:2001
> LINDEX l -1
"y"
> LPUSH l ${z *500}first
:2502
> LLEN l
:2502
> LINDEX l 0
"first"
> LINDEX l 500
"z"
> LINDEX l 501
"x"
> DEL l
:1
