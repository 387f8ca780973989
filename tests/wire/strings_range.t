# GETRANGE, SUBSTR, SETRANGE, and APPEND where they meet.

== GETRANGE
> SET k "This is a string"
+OK
> GETRANGE k 0 3
"This"
> GETRANGE k -3 -1
"ing"
> GETRANGE k 0 -1
"This is a string"
> GETRANGE k 10 100
"string"
> GETRANGE k 5 5
"i"
> GETRANGE k 5 4
""
> GETRANGE k -1 -3
""
> GETRANGE k -100 3
"This"
> GETRANGE k -100 -50
"T"
> GETRANGE k 16 20
""
> GETRANGE k 15 20
"g"
> GETRANGE k 9223372036854775807 9223372036854775807
""
> GETRANGE k -9223372036854775808 9223372036854775807
"This is a string"
> GETRANGE k 0 -9223372036854775808
"T"
> SUBSTR k 8 -1
"a string"
> SUBSTR missing 0 -1
""
> GETRANGE missing 0 -1
""
> SET empty ""
+OK
> GETRANGE empty 0 -1
""
> GETRANGE empty 0 0
""
> GETRANGE empty -1 -1
""
> SET n 1234567
+OK
> GETRANGE n 2 4
"345"
> GETRANGE n -2 -1
"67"
stat keyspace_hits +20
stat keyspace_misses +2

== what GETRANGE does not take
> RPUSH l x
:1
> GETRANGE l 0 -1
-WRONGTYPE Operation against a key holding the wrong kind of value
> SUBSTR l 0 -1
-WRONGTYPE Operation against a key holding the wrong kind of value
> GETRANGE k abc 1
-ERR value is not an integer or out of range
> GETRANGE k 0 1.5
-ERR value is not an integer or out of range
> GETRANGE k 9223372036854775808 1
-ERR value is not an integer or out of range
> GETRANGE l abc 1
-ERR value is not an integer or out of range
> GETRANGE k 0
-ERR wrong number of arguments for 'getrange' command
> GETRANGE k 0 1 2
-ERR wrong number of arguments for 'getrange' command
> SUBSTR k 0
-ERR wrong number of arguments for 'substr' command

== SETRANGE
> SET k "Hello World"
+OK
> SETRANGE k 6 Redis
:11
> GET k
"Hello Redis"
> SETRANGE new 6 Redis
:11
> GET new
"\x00\x00\x00\x00\x00\x00Redis"
> SETRANGE new 11 ""
:11
> SETRANGE missing 5 ""
:0
> EXISTS missing
:0
> SETRANGE k 11 "!"
:12
> GET k
"Hello Redis!"
> SETRANGE k 14 "end"
:17
> GET k
"Hello Redis!\x00\x00end"
> SETRANGE k 0 "\x00\xff"
:17
> GET k
"\x00\xffllo Redis!\x00\x00end"
> SET n 100
+OK
> SETRANGE n 1 23
:3
> GET n
"123"
> INCR n
:124
> SETRANGE n 1 x
:3
> GET n
"1x4"
> INCR n
-ERR value is not an integer or out of range
> SET t v EX 100
+OK
> SETRANGE t 3 x
:4
> TTL t
:99..100
> GET t
"v\x00\x00x"

== what SETRANGE does not take
> SET k v
+OK
> SETRANGE k -1 x
-ERR offset is out of range
> SETRANGE k abc x
-ERR value is not an integer or out of range
> SETRANGE k 1.5 x
-ERR value is not an integer or out of range
> SETRANGE k 9223372036854775808 x
-ERR value is not an integer or out of range
> SETRANGE k 536870912 x
-ERR string exceeds maximum allowed size (proto-max-bulk-len)
> SETRANGE k 9223372036854775807 x
-ERR string exceeds maximum allowed size (proto-max-bulk-len)
> SETRANGE k 536870911 xy
-ERR string exceeds maximum allowed size (proto-max-bulk-len)
> SETRANGE missing 536870912 x
-ERR string exceeds maximum allowed size (proto-max-bulk-len)
> SETRANGE missing 536870912 ""
:0
> SETRANGE k 536870912 ""
:1
> RPUSH l x
:1
> SETRANGE l 0 x
-WRONGTYPE Operation against a key holding the wrong kind of value
> SETRANGE l 0 ""
-WRONGTYPE Operation against a key holding the wrong kind of value
> SETRANGE l -1 x
-ERR offset is out of range
> SETRANGE l 536870912 x
-WRONGTYPE Operation against a key holding the wrong kind of value
> SETRANGE k 0
-ERR wrong number of arguments for 'setrange' command
> SETRANGE k 0 x y
-ERR wrong number of arguments for 'setrange' command
> GET k
"v"
> EXISTS missing
:0

== holes of many pages are zeros
> SETRANGE k 100000 end
:100003
> STRLEN k
:100003
> GETRANGE k 0 3
"\x00\x00\x00\x00"
> GETRANGE k 99998 -1
"\x00\x00end"
> GETRANGE k 4094 4098
"\x00\x00\x00\x00\x00"
> SETRANGE k 4095 "ab"
:100003
> GETRANGE k 4093 4098
"\x00\x00ab\x00\x00"
> SETRANGE k 50000 ${x*9000}
:100003
> GETRANGE k 49998 50001
"\x00\x00xx"
> GETRANGE k 58998 59002
"xx\x00\x00\x00"
> GETRANGE k 50000 58999
"${x*9000}"
> STRLEN k
:100003
> APPEND k ${y*5000}
:105003
> GETRANGE k 100001 100005
"ndyyy"
> GETRANGE k -2 -1
"yy"
> SETRANGE k 105002 z
:105003
> GETRANGE k 104998 105010
"yyyyz"
> SETRANGE k 110000 ${w*20000}
:130000
> STRLEN k
:130000
> GETRANGE k 105001 105004
"yz\x00\x00"
> GETRANGE k 109999 110000
"\x00w"
> GETRANGE k 129999 129999
"w"
> GETRANGE k 130000 130000
""

== writing at the borders of pages
> SETRANGE k 4095 a
:4096
> STRLEN k
:4096
> SETRANGE k 4096 b
:4097
> STRLEN k
:4097
> GETRANGE k 4094 4097
"\x00ab"
> SETRANGE k 8191 c
:8192
> STRLEN k
:8192
> GETRANGE k 8190 8191
"\x00c"
> SETRANGE k 8192 ${d*8192}
:16384
> STRLEN k
:16384
> GETRANGE k 8191 8193
"cdd"
> SETRANGE k 0 ${e*16384}
:16384
> GETRANGE k 16383 16383
"e"
> GETRANGE k 0 0
"e"
> SETRANGE k 16384 f
:16385
> GETRANGE k 16383 16384
"ef"

== APPEND of nothing
> SET n 12
+OK
> APPEND n ""
:2
> INCR n
:13
> APPEND new ""
:0
> EXISTS new
:1
> GET new
""
> RPUSH l x
:1
> APPEND l ""
-WRONGTYPE Operation against a key holding the wrong kind of value
