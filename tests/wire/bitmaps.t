# SETBIT, GETBIT, BITCOUNT, BITPOS, BITOP.

== SETBIT and GETBIT
> SETBIT k 7 1
:0
> SETBIT k 7 0
:1
> GETBIT k 7
:0
> GET k
"\x00"
> SETBIT k 0 1
:0
> GET k
"\x80"
> SETBIT k 23 1
:0
> GET k
"\x80\x00\x01"
> GETBIT k 23
:1
> GETBIT k 22
:0
> GETBIT k 24
:0
> GETBIT k 4294967295
:0
> GETBIT missing 0
:0
> STRLEN k
:3
> SET n 1
+OK
> GETBIT n 7
:1
> SETBIT n 6 1
:0
> GET n
"3"
> INCR n
:4
> SET t a EX 100
+OK
> SETBIT t 100 0
:0
> STRLEN t
:13
> TTL t
:99..100
> SETBIT zero 0 0
:0
> GET zero
"\x00"

== what SETBIT and GETBIT do not take
> SETBIT k -1 1
-ERR bit offset is not an integer or out of range
> SETBIT k abc 1
-ERR bit offset is not an integer or out of range
> SETBIT k 1.5 1
-ERR bit offset is not an integer or out of range
> SETBIT k 4294967296 1
-ERR bit offset is not an integer or out of range
> SETBIT k 9223372036854775807 1
-ERR bit offset is not an integer or out of range
> SETBIT k 9223372036854775808 1
-ERR bit offset is not an integer or out of range
> SETBIT k #1 1
-ERR bit offset is not an integer or out of range
> SETBIT k 1 2
-ERR bit is not an integer or out of range
> SETBIT k 1 -1
-ERR bit is not an integer or out of range
> SETBIT k 1 abc
-ERR bit is not an integer or out of range
> SETBIT k abc abc
-ERR bit offset is not an integer or out of range
> GETBIT k -1
-ERR bit offset is not an integer or out of range
> GETBIT k abc
-ERR bit offset is not an integer or out of range
> GETBIT k 4294967296
-ERR bit offset is not an integer or out of range
> GETBIT k #1
-ERR bit offset is not an integer or out of range
> RPUSH l x
:1
> SETBIT l 0 1
-WRONGTYPE Operation against a key holding the wrong kind of value
> SETBIT l abc 1
-ERR bit offset is not an integer or out of range
> SETBIT l 0 2
-ERR bit is not an integer or out of range
> GETBIT l 0
-WRONGTYPE Operation against a key holding the wrong kind of value
> GETBIT l abc
-ERR bit offset is not an integer or out of range
> SETBIT k 1
-ERR wrong number of arguments for 'setbit' command
> SETBIT k 1 1 1
-ERR wrong number of arguments for 'setbit' command
> GETBIT k
-ERR wrong number of arguments for 'getbit' command
> GETBIT k 1 1
-ERR wrong number of arguments for 'getbit' command
> EXISTS k
:0

== bits far out
> SETBIT k 800007 1
:0
> STRLEN k
:100001
> GETBIT k 800007
:1
> GETBIT k 800006
:0
> BITCOUNT k
:1
> BITPOS k 1
:800007
> SETBIT k 32768 1
:0
> SETBIT k 32767 1
:0
> BITCOUNT k
:3
> BITPOS k 1
:32767
> BITPOS k 1 4096
:32768
> BITPOS k 1 4097
:800007
> SETBIT k 32767 0
:1
> BITPOS k 1
:32768
> GETRANGE k 4095 4097
"\x00\x80\x00"

== BITCOUNT
> SET k foobar
+OK
> BITCOUNT k
:26
> BITCOUNT k 0 0
:4
> BITCOUNT k 1 1
:6
> BITCOUNT k 1 1 BYTE
:6
> BITCOUNT k 5 30 BIT
:17
> BITCOUNT k 0 -1
:26
> BITCOUNT k -2 -1
:7
> BITCOUNT k -1 -2
:0
> BITCOUNT k 5 4
:0
> BITCOUNT k -100 100
:26
> BITCOUNT k 100 200
:0
> BITCOUNT k 0 -1 bit
:26
> BITCOUNT k -7 -1 BIT
:4
> BITCOUNT k 3 3 BIT
:0
> BITCOUNT k 7 8 BIT
:0
> BITCOUNT k 47 47 BIT
:0
> BITCOUNT k 48 48 BIT
:0
> BITCOUNT k -9223372036854775808 9223372036854775807 BIT
:26
> BITCOUNT missing
:0
> BITCOUNT missing 0 -1
:0
> SET n 255
+OK
> BITCOUNT n
:11
> SET empty ""
+OK
> BITCOUNT empty
:0
> BITCOUNT empty 0 -1
:0
> BITCOUNT empty 0 0 BIT
:0

== what BITCOUNT does not take
> SET k foobar
+OK
> BITCOUNT k 0
-ERR syntax error
> BITCOUNT k 0 1 nonsense
-ERR syntax error
> BITCOUNT k 0 1 BIT 2
-ERR syntax error
> BITCOUNT k -1 -2 nonsense
:0
> BITCOUNT k abc 1
-ERR value is not an integer or out of range
> BITCOUNT k 0 abc
-ERR value is not an integer or out of range
> BITCOUNT missing 0
:0
> BITCOUNT missing abc def
:0
> RPUSH l x
:1
> BITCOUNT l
-WRONGTYPE Operation against a key holding the wrong kind of value
> BITCOUNT l 0
-WRONGTYPE Operation against a key holding the wrong kind of value
> BITCOUNT
-ERR wrong number of arguments for 'bitcount' command

== BITPOS
> SET k "\xff\xf0\x00"
+OK
> BITPOS k 0
:12
> BITPOS k 1
:0
> BITPOS k 0 0 0
:-1
> BITPOS k 1 2
:-1
> BITPOS k 1 2 -1
:-1
> BITPOS k 0 -1
:16
> BITPOS k 1 0 -1 BIT
:0
> BITPOS k 0 3 9 BIT
:-1
> BITPOS k 0 3 12 BIT
:12
> BITPOS k 1 12 23 BIT
:-1
> BITPOS k 1 11 12 BIT
:11
> BITPOS k 1 -13 -1 bit
:11
> BITPOS k 0 -4 -1 byte
:12
> SET ones "\xff\xff\xff"
+OK
> BITPOS ones 0
:24
> BITPOS ones 0 0
:24
> BITPOS ones 0 0 -1
:-1
> BITPOS ones 0 1
:24
> BITPOS ones 0 0 -1 BIT
:-1
> BITPOS ones 0 5 7 BIT
:-1
> BITPOS ones 1 5 7 BIT
:5
> BITPOS ones 0 3
:-1
> BITPOS ones 1 3
:-1
> BITPOS ones 0 5 1
:-1
> BITPOS ones 1 -2 -3
:-1
> SET zeros "\x00\x00\x00"
+OK
> BITPOS zeros 1
:-1
> BITPOS zeros 1 1
:-1
> BITPOS zeros 0 2
:16
> BITPOS zeros 0 7 9 BIT
:7
> BITPOS missing 0
:0
> BITPOS missing 1
:-1
> BITPOS missing 0 5 6
:0
> SET empty ""
+OK
> BITPOS empty 0
:-1
> BITPOS empty 1
:-1
> BITPOS empty 0 0
:-1
> BITPOS empty 0 0 -1
:-1
> SET n 7
+OK
> BITPOS n 1
:2
> BITPOS n 0
:0

== what BITPOS does not take
> SET k v
+OK
> BITPOS k 2
-ERR The bit argument must be 1 or 0.
> BITPOS k -1
-ERR The bit argument must be 1 or 0.
> BITPOS k abc
-ERR value is not an integer or out of range
> BITPOS k 1 abc
-ERR value is not an integer or out of range
> BITPOS k 1 0 abc
-ERR value is not an integer or out of range
> BITPOS k 1 0 1 nonsense
-ERR syntax error
> BITPOS k 1 abc 1 nonsense
-ERR value is not an integer or out of range
> BITPOS k 1 0 1 BIT 2
-ERR syntax error
> BITPOS k
-ERR wrong number of arguments for 'bitpos' command
> BITPOS missing 2
-ERR The bit argument must be 1 or 0.
> BITPOS missing 1 abc
:-1
> RPUSH l x
:1
> BITPOS l 1
-WRONGTYPE Operation against a key holding the wrong kind of value
> BITPOS l 2
-ERR The bit argument must be 1 or 0.
> BITPOS l 1 abc
-WRONGTYPE Operation against a key holding the wrong kind of value

== BITOP
> MSET a "\xf0\x0f\xaa" b "\xff\x00" n 12
+OK
> BITOP AND d a b
:3
> GET d
"\xf0\x00\x00"
> BITOP OR d a b
:3
> GET d
"\xff\x0f\xaa"
> BITOP XOR d a b
:3
> GET d
"\x0f\x0f\xaa"
> BITOP NOT d a
:3
> GET d
"\x0f\xf0U"
> BITOP and d a
:3
> GET d
"\xf0\x0f\xaa"
> BITOP OR d missing a
:3
> GET d
"\xf0\x0f\xaa"
> BITOP AND d missing a
:3
> GET d
"\x00\x00\x00"
> BITOP NOT d n
:2
> GET d
"\xce\xcd"
> BITOP XOR d a b n a b n
:3
> GET d
"\x00\x00\x00"
> BITOP AND a a b
:3
> GET a
"\xf0\x00\x00"
> BITOP NOT a a
:3
> GET a
"\x0f\xff\xff"
stat keyspace_hits >=+20
stat keyspace_misses +2

== the result replaces what its key held
> SET a xyz
+OK
> RPUSH d x y
:2
> BITOP OR d a
:3
> TYPE d
+string
> GET d
"xyz"
> SET d v EX 100
+OK
> BITOP OR d a
:3
> TTL d
:-1
> BITOP OR d missing gone
:0
> EXISTS d
:0
> BITOP AND d missing
:0
> SET empty ""
+OK
> SET d v
+OK
> BITOP XOR d empty
:0
> EXISTS d
:0

== over many pages
> SETRANGE a 20000 ${a*100}
:20100
> SETRANGE b 5000 ${b*9000}
:14000
> BITOP OR d a b
:20100
> BITCOUNT d
:27300
> BITCOUNT a
:300
> BITCOUNT b
:27000
> GETRANGE d 4998 5001
"\x00\x00bb"
> GETRANGE d 13998 14001
"bb\x00\x00"
> GETRANGE d 19999 20001
"\x00aa"
> BITOP AND d a b
:20100
> STRLEN d
:20100
> BITCOUNT d
:0
> BITOP NOT a a
:20100
> BITCOUNT a
:160500
> STRLEN a
:20100
> BITOP XOR a a a
:20100
> BITCOUNT a
:0
> BITOP OR d a b a b a b a b a b a b a b a b a b a b
:20100
> BITCOUNT d
:27000
> BITPOS d 1
:40001
> BITOP XOR d a b a b a b a b a b a b a b a b a b a b b
:20100
> BITCOUNT d
:27000

== what BITOP does not take
> SET a v
+OK
> RPUSH l x
:1
> BITOP NOT d a a
-ERR BITOP NOT must be called with a single source key.
> BITOP NOT d
-ERR wrong number of arguments for 'bitop' command
> BITOP nonsense d a
-ERR syntax error
> BITOP AND d a l
-WRONGTYPE Operation against a key holding the wrong kind of value
> BITOP AND d l missing
-WRONGTYPE Operation against a key holding the wrong kind of value
> BITOP nonsense d l
-ERR syntax error
> BITOP AND d
-ERR wrong number of arguments for 'bitop' command
> BITOP
-ERR wrong number of arguments for 'bitop' command
> EXISTS d
:0
