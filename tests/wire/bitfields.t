# BITFIELD, BITFIELD_RO.

== GET SET INCRBY
> BITFIELD k INCRBY i5 100 1 GET u4 0
[:1 :0]
> BITFIELD k SET u8 0 255 GET u8 0 GET i8 0 GET u4 4
[:0 :255 :-1 :15]
> BITFIELD k SET i8 #1 -5 GET i8 8 GET u8 #1
[:0 :-5 :251]
> BITFIELD k set i64 16 -9223372036854775808 get i64 16 get u63 17
[:0 :-9223372036854775808 :0]
> BITFIELD k INCRBY u63 64 1 INCRBY u63 64 9223372036854775806
[:4194305 :4194303]
> BITFIELD k GET u1 0 GET i1 0 GET i64 1000 GET u63 100000
[:1 :-1 :0 :0]
> STRLEN k
:16
> BITFIELD k
[]
> BITFIELD missing GET u8 0
[:0]
> EXISTS missing
:0
> BITFIELD new SET u1 0 0
[:0]
> GET new
"\x00"
> SET n 12
+OK
> BITFIELD n GET u8 0 SET u8 8 51 GET u16 0
[:49 :50 :12595]
> INCR n
:14
> SET t abc EX 100
+OK
> BITFIELD t SET u8 64 1
[:0]
> STRLEN t
:9
> TTL t
:99..100

== OVERFLOW
> BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1
[:1 :1]
> BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1
[:2 :2]
> BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1
[:3 :3]
> BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1
[:0 :3]
> BITFIELD k OVERFLOW FAIL INCRBY u2 102 1
[$-1]
> BITFIELD k OVERFLOW FAIL INCRBY u2 102 1 OVERFLOW WRAP INCRBY u2 102 1 overflow sat incrby u2 102 -5
[$-1 :0 :0]
> BITFIELD k SET i8 0 127 INCRBY i8 0 1 OVERFLOW SAT SET i8 0 200 SET i8 0 -200 GET i8 0
[:0 :-128 :-128 :127 :-128]
> BITFIELD k OVERFLOW FAIL SET i8 0 128 SET u8 0 256 SET u8 0 -1 GET i8 0
[$-1 $-1 $-1 :-128]
> BITFIELD k OVERFLOW WRAP SET u8 0 257 GET u8 0 SET u8 0 -1 GET u8 0
[:128 :1 :1 :255]
> BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0 INCRBY u8 0 -300 INCRBY u8 0 300
[:255 :255 :0 :255]
> BITFIELD k OVERFLOW SAT SET i64 0 9223372036854775807 INCRBY i64 0 1 INCRBY i64 0 -1
[:-72057594037927936 :9223372036854775807 :9223372036854775806]
> BITFIELD k OVERFLOW WRAP INCRBY i64 0 9223372036854775807 INCRBY i64 0 9223372036854775807
[:-3 :9223372036854775804]
> BITFIELD k OVERFLOW FAIL INCRBY i64 0 9223372036854775807 SET i64 0 -9223372036854775808 INCRBY i64 0 -1
[$-1 :9223372036854775804 $-1]
> BITFIELD k OVERFLOW SAT SET i1 0 5 INCRBY i1 0 31 INCRBY i1 0 -31 SET u1 0 7
[:-1 :0 :-1 :1]
> BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775808 GET i8 0 SET i8 0 9223372036854775807 GET i8 0
[:-128 :127 :127 :127]
> BITFIELD k OVERFLOW WRAP SET i8 0 -9223372036854775808 GET i8 0
[:127 :0]
> BITFIELD k OVERFLOW SAT SET u63 0 -1 GET u63 0 INCRBY u63 0 -9223372036854775808
[:0 :9223372036854775807 :0]

== an operation that fails still makes the string as long as it must be
> BITFIELD k OVERFLOW FAIL INCRBY u8 100 300
[$-1]
> STRLEN k
:14

== BITFIELD_RO
> SET k "\xff\x01"
+OK
> BITFIELD_RO k GET u8 0 GET i8 #1
[:255 :1]
> BITFIELD_RO k
[]
> BITFIELD_RO k OVERFLOW SAT GET u8 0
[:255]
> BITFIELD_RO missing GET u8 0
[:0]
> BITFIELD_RO k SET u8 0 1
-ERR BITFIELD_RO only supports the GET subcommand
> BITFIELD_RO k INCRBY u8 0 1
-ERR BITFIELD_RO only supports the GET subcommand
> BITFIELD_RO k GET u8 0 SET u8 0 1 GET
-ERR syntax error
> RPUSH l x
:1
> BITFIELD_RO l GET u8 0
-WRONGTYPE Operation against a key holding the wrong kind of value
> BITFIELD_RO l SET u8 0 1
-ERR BITFIELD_RO only supports the GET subcommand
> BITFIELD_RO
-ERR wrong number of arguments for 'bitfield_ro' command
> GET k
"\xff\x01"
stat keyspace_hits +5
stat keyspace_misses +1

== over the borders of pages
> BITFIELD k SET u32 32752 4294967295 GET u32 32752 GET u8 32744
[:0 :4294967295 :0]
> STRLEN k
:4098
> GETRANGE k 4093 -1
"\x00\xff\xff\xff\xff"
> BITFIELD k SET i64 #5000 -2 GET i64 #5000 INCRBY u60 32760 1
[:0 :-2 :1152921435887370241]
> STRLEN k
:40008
> BITFIELD k GET u63 32750 GET u7 32766 GET i3 319999
[:2305843008676823040 :127 :3]

== what they do not take
> SET k v
+OK
> BITFIELD k GET u64 0
-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
> BITFIELD k GET i65 0
-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
> BITFIELD k GET u0 0
-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
> BITFIELD k GET x8 0
-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
> BITFIELD k GET U8 0
-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
> BITFIELD k GET "" 0
-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
> BITFIELD k GET i 0
-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
> BITFIELD k GET u8 -1
-ERR bit offset is not an integer or out of range
> BITFIELD k GET u8 abc
-ERR bit offset is not an integer or out of range
> BITFIELD k GET u8 #abc
-ERR bit offset is not an integer or out of range
> BITFIELD k GET u8 #-1
-ERR bit offset is not an integer or out of range
> BITFIELD k GET u8 #
-ERR bit offset is not an integer or out of range
> BITFIELD k GET u8 4294967296
-ERR bit offset is not an integer or out of range
> BITFIELD k GET u8 #536870912
-ERR bit offset is not an integer or out of range
> BITFIELD k GET u8 9223372036854775808
-ERR bit offset is not an integer or out of range
> BITFIELD k SET u8 0 abc
-ERR value is not an integer or out of range
> BITFIELD k INCRBY u8 0 1.5
-ERR value is not an integer or out of range
> BITFIELD k SET u8 0
-ERR syntax error
> BITFIELD k INCRBY u8 0
-ERR syntax error
> BITFIELD k GET u8
-ERR syntax error
> BITFIELD k GET
-ERR syntax error
> BITFIELD k OVERFLOW
-ERR syntax error
> BITFIELD k OVERFLOW nonsense
-ERR Invalid OVERFLOW type specified
> BITFIELD k OVERFLOW nonsense nonsense
-ERR Invalid OVERFLOW type specified
> BITFIELD k SET u8 0 1 OVERFLOW nonsense
-ERR Invalid OVERFLOW type specified
> BITFIELD k nonsense u8 0
-ERR syntax error
> BITFIELD k SET u8 0 1 nonsense
-ERR syntax error
> GET k
"v"
> RPUSH l x
:1
> BITFIELD l GET u8 0
-WRONGTYPE Operation against a key holding the wrong kind of value
> BITFIELD l SET u8 0 1
-WRONGTYPE Operation against a key holding the wrong kind of value
> BITFIELD l
-WRONGTYPE Operation against a key holding the wrong kind of value
> BITFIELD l GET u64 0
-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
> BITFIELD
-ERR wrong number of arguments for 'bitfield' command

== in RESP3 [resp3]
> BITFIELD k OVERFLOW FAIL INCRBY u2 0 5 SET u8 0 7
[_ :0]
> BITFIELD_RO k GET u8 0
[:7]

== many operations in one call
> BITFIELD k SET u8 #100 1 GET u8 #100 SET u8 #101 2 GET u8 #101 INCRBY u16 #50 1000 GET u16 #50 SET i5 3 7 GET i5 3 INCRBY i5 3 7 GET i5 3 INCRBY i5 3 7 GET i5 3 INCRBY i5 3 7 GET i5 3 INCRBY i5 3 7 GET i5 3 INCRBY i5 3 7 GET i5 3 INCRBY i5 3 7 GET i5 3 INCRBY i5 3 7 GET i5 3 INCRBY i5 3 7 GET i5 3 INCRBY i5 3 7 GET i5 3 INCRBY i5 3 7 GET i5 3 INCRBY i5 3 7 GET i5 3
[:0 :1 :0 :2 :1258 :1258 :0 :7 :14 :14 :-11 :-11 :-4 :-4 :3 :3 :10 :10 :-15 :-15 :-8 :-8 :-1 :-1 :6 :6 :13 :13 :-12 :-12]
