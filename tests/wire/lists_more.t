# LPUSHX RPUSHX LSET LINSERT LREM LTRIM LPOS LMOVE RPOPLPUSH LMPOP.

== LPUSHX and RPUSHX
> LPUSHX l a
:0
> RPUSHX l a b
:0
> EXISTS l
:0
> RPUSH l a
:1
> LPUSHX l b c
:3
> RPUSHX l d e f
:6
> LRANGE l 0 -1
["c" "b" "a" "d" "e" "f"]
> LPUSHX l
-ERR wrong number of arguments for 'lpushx' command
> RPUSHX
-ERR wrong number of arguments for 'rpushx' command
> lpushx l ""
:7
> LLEN l
:7
commandstats lpushx.calls +3
commandstats rpushx.calls +2
commandstats lpushx.rejected_calls +1
commandstats rpushx.rejected_calls +1

== LSET
> RPUSH l a b c d
:4
> LSET l 0 A
+OK
> LSET l -1 D
+OK
> LSET l 2 12345
+OK
> LSET l -3 ""
+OK
> LRANGE l 0 -1
["A" "" "12345" "D"]
> LSET l 4 x
-ERR index out of range
> LSET l -5 x
-ERR index out of range
> LSET l 9223372036854775807 x
-ERR index out of range
> LSET l -9223372036854775808 x
-ERR index out of range
> LSET l 9223372036854775808 x
-ERR value is not an integer or out of range
> LSET l abc x
-ERR value is not an integer or out of range
> LSET l 1.0 x
-ERR value is not an integer or out of range
> LSET l "" x
-ERR value is not an integer or out of range
> LSET missing 0 x
-ERR no such key
> LSET missing abc x
-ERR no such key
> LSET l 0
-ERR wrong number of arguments for 'lset' command
> LSET l 0 a b
-ERR wrong number of arguments for 'lset' command
> LRANGE l 0 -1
["A" "" "12345" "D"]
> EXISTS missing
:0
commandstats lset.calls +14
commandstats lset.failed_calls +10

== LINSERT
> RPUSH l a b c b a
:5
> LINSERT l BEFORE b x
:6
> LINSERT l AFTER b y
:7
> linsert l after a first
:8
> LINSERT l before a zero
:9
> LINSERT l AFTER c 17
:10
> LINSERT l BEFORE 17 18
:11
> LRANGE l 0 -1
["zero" "a" "first" "x" "b" "y" "c" "18" "17" "b" "a"]
> LINSERT l BEFORE missing x
:-1
> LINSERT l AFTER "" x
:-1
> LINSERT missing BEFORE a x
:0
> LINSERT l BESIDE a x
-ERR syntax error
> LINSERT missing BESIDE a x
-ERR syntax error
> LINSERT l BEFORE a
-ERR wrong number of arguments for 'linsert' command
> LINSERT l BEFORE a b c
-ERR wrong number of arguments for 'linsert' command
> LINSERT l AFTER a ""
:12
> LINSERT l AFTER "" x
:13
> LRANGE l 0 -1
["zero" "a" "" "x" "first" "x" "b" "y" "c" "18" "17" "b" "a"]
> EXISTS missing
:0
commandstats linsert.calls +13

== LREM
> RPUSH l a b a c a b a
:7
> LREM l 2 a
:2
> LRANGE l 0 -1
["b" "c" "a" "b" "a"]
> LREM l -1 b
:1
> LRANGE l 0 -1
["b" "c" "a" "a"]
> LREM l 0 a
:2
> LRANGE l 0 -1
["b" "c"]
> LREM l 0 x
:0
> LREM l 5 x
:0
> LREM l -5 x
:0
> LREM missing 0 a
:0
> LREM missing abc a
-ERR value is not an integer or out of range
> LREM l abc a
-ERR value is not an integer or out of range
> LREM l 1.5 a
-ERR value is not an integer or out of range
> LREM l 9223372036854775808 a
-ERR value is not an integer or out of range
> LREM l 1
-ERR wrong number of arguments for 'lrem' command
> LREM l 1 a b
-ERR wrong number of arguments for 'lrem' command
> LREM l 9223372036854775807 b
:1
> LREM l -9223372036854775807 c
:1
> EXISTS l
:0
> RPUSH l a a a
:3
> LREM l -9223372036854775808 a
:3
> EXISTS l
:0

== LTRIM
> RPUSH l a b c d e f
:6
> LTRIM l 1 -2
+OK
> LRANGE l 0 -1
["b" "c" "d" "e"]
> LTRIM l -100 2
+OK
> LRANGE l 0 -1
["b" "c" "d"]
> LTRIM l 1 100
+OK
> LRANGE l 0 -1
["c" "d"]
> LTRIM l 0 -1
+OK
> LTRIM l -1 -1
+OK
> LRANGE l 0 -1
["d"]
> LTRIM l 1 0
+OK
> EXISTS l
:0
> RPUSH l a b
:2
> LTRIM l 5 10
+OK
> EXISTS l
:0
> RPUSH l a b
:2
> LTRIM l -9223372036854775808 9223372036854775807
+OK
> LRANGE l 0 -1
["a" "b"]
> LTRIM l 9223372036854775807 -9223372036854775808
+OK
> EXISTS l
:0
> LTRIM missing 0 1
+OK
> LTRIM missing a 1
-ERR value is not an integer or out of range
> LTRIM missing 0 b
-ERR value is not an integer or out of range
> LTRIM l 0 9223372036854775808
-ERR value is not an integer or out of range
> LTRIM l 0
-ERR wrong number of arguments for 'ltrim' command
> LTRIM l 0 1 2
-ERR wrong number of arguments for 'ltrim' command

== LPOS
> RPUSH l a b c 1 2 3 c c
:8
> LPOS l c
:2
> LPOS l c RANK 2
:6
> LPOS l c RANK 3
:7
> LPOS l c RANK 4
$-1
> LPOS l c RANK -1
:7
> LPOS l c RANK -3
:2
> LPOS l c RANK -4
$-1
> LPOS l c COUNT 2
[:2 :6]
> LPOS l c COUNT 0
[:2 :6 :7]
> LPOS l c COUNT 100
[:2 :6 :7]
> LPOS l c COUNT 0 RANK 2
[:6 :7]
> LPOS l c RANK -1 COUNT 2
[:7 :6]
> LPOS l c RANK -2 COUNT 0
[:6 :2]
> LPOS l c MAXLEN 2
$-1
> LPOS l c MAXLEN 3
:2
> LPOS l c MAXLEN 0
:2
> LPOS l c MAXLEN 3 COUNT 0
[:2]
> LPOS l c MAXLEN 2 COUNT 0
[]
> LPOS l c MAXLEN 1 RANK -1
:7
> LPOS l c MAXLEN 2 RANK -1 COUNT 0
[:7 :6]
> LPOS l c MAXLEN 7 COUNT 0 RANK 2
[:6]
> lpos l c maxlen 9223372036854775807 count 9223372036854775807 rank 9223372036854775807
[]
> LPOS l c RANK -9223372036854775807
$-1
> LPOS l c RANK -9223372036854775808
:7
> LPOS l c RANK -9223372036854775808 COUNT 1
[:7 :6 :2]
> LPOS l 1
:3
> LPOS l 01
$-1
> LPOS l x
$-1
> LPOS l x COUNT 0
[]
> LPOS l x COUNT 5 RANK -1
[]
> LPOS l c COUNT 1 COUNT 2
[:2 :6]
> LPOS l c RANK 1 RANK -1
:7
> LPOS missing c
$-1
> LPOS missing c COUNT 0
[]
> LPOS missing c COUNT 1
[]

== LPOS refuses
> RPUSH l a
:1
> SET s v
+OK
> LPOS l a RANK 0
-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list
> LPOS missing a RANK 0
-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list
> LPOS s a RANK 0
-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list
> LPOS l a RANK x
-ERR value is not an integer or out of range
> LPOS l a RANK 9223372036854775808
-ERR value is not an integer or out of range
> LPOS l a RANK ""
-ERR value is not an integer or out of range
> LPOS l a COUNT -1
-ERR COUNT can't be negative
> LPOS l a COUNT x
-ERR COUNT can't be negative
> LPOS l a COUNT 9223372036854775808
-ERR COUNT can't be negative
> LPOS l a MAXLEN -1
-ERR MAXLEN can't be negative
> LPOS l a MAXLEN x
-ERR MAXLEN can't be negative
> LPOS l a MAXLEN -9223372036854775808
-ERR MAXLEN can't be negative
> LPOS l a RANK
-ERR syntax error
> LPOS l a COUNT
-ERR syntax error
> LPOS l a MAXLEN
-ERR syntax error
> LPOS l a OTHER 1
-ERR syntax error
> LPOS l a RANK 1 COUNT 2 MAXLEN
-ERR syntax error
> LPOS l a COUNT 0 OTHER
-ERR syntax error
> LPOS l
-ERR wrong number of arguments for 'lpos' command
> LPOS s a
-WRONGTYPE Operation against a key holding the wrong kind of value
> LPOS s a COUNT 0
-WRONGTYPE Operation against a key holding the wrong kind of value
stat keyspace_hits +2

== what is equal to an element
> RPUSH l 12 012 +12 "12 " 12.0 "" 0 -0 00 -12 9223372036854775807 9223372036854775808
:12
> LPOS l 12
:0
> LPOS l 012
:1
> LPOS l +12
:2
> LPOS l "12 "
:3
> LPOS l 12.0
:4
> LPOS l ""
:5
> LPOS l 0
:6
> LPOS l -0
:7
> LPOS l 00
:8
> LPOS l -12
:9
> LPOS l 9223372036854775807
:10
> LPOS l 9223372036854775808
:11
> LREM l 0 012
:1
> LREM l 0 12
:1
> LINSERT l BEFORE -0 x
:11
> LREM l 0 ""
:1
> LRANGE l 0 -1
["+12" "12 " "12.0" "0" "x" "-0" "00" "-12" "9223372036854775807" "9223372036854775808"]

== LMOVE
> RPUSH a 1 2 3 4
:4
> LMOVE a b LEFT RIGHT
"1"
> LMOVE a b RIGHT RIGHT
"4"
> LMOVE a b left left
"2"
> lmove a b Right Left
"3"
> LRANGE b 0 -1
["3" "2" "1" "4"]
> EXISTS a
:0
> LMOVE a b LEFT RIGHT
$-1
> LMOVE b b LEFT RIGHT
"3"
> LRANGE b 0 -1
["2" "1" "4" "3"]
> LMOVE b b RIGHT LEFT
"3"
> LMOVE b b LEFT LEFT
"3"
> LMOVE b b RIGHT RIGHT
"4"
> LRANGE b 0 -1
["3" "2" "1" "4"]
> RPUSH one x
:1
> LMOVE one one LEFT RIGHT
"x"
> LMOVE one two RIGHT LEFT
"x"
> EXISTS one
:0
> LRANGE two 0 -1
["x"]
> LMOVE b c UP RIGHT
-ERR syntax error
> LMOVE b c LEFT ""
-ERR syntax error
> LMOVE missing c LEFT UP
-ERR syntax error
> LMOVE b c LEFT
-ERR wrong number of arguments for 'lmove' command
> LMOVE b c LEFT RIGHT x
-ERR wrong number of arguments for 'lmove' command
> EXISTS c
:0
commandstats lmove.calls +14

== RPOPLPUSH
> RPUSH a 1 2 3
:3
> RPOPLPUSH a b
"3"
> RPOPLPUSH a b
"2"
> LRANGE b 0 -1
["2" "3"]
> RPOPLPUSH b b
"3"
> LRANGE b 0 -1
["3" "2"]
> RPOPLPUSH a b
"1"
> EXISTS a
:0
> RPOPLPUSH a b
$-1
> LRANGE b 0 -1
["1" "3" "2"]
> RPOPLPUSH a
-ERR wrong number of arguments for 'rpoplpush' command
> RPOPLPUSH a b c
-ERR wrong number of arguments for 'rpoplpush' command

== LMPOP
> RPUSH a 1 2 3 4 5 6
:6
> RPUSH b x y
:2
> LMPOP 1 a LEFT
["a" ["1"]]
> LMPOP 1 a RIGHT
["a" ["6"]]
> LMPOP 2 missing a LEFT COUNT 2
["a" ["2" "3"]]
> LMPOP 3 missing b a right count 100
["b" ["y" "x"]]
> EXISTS b
:0
> LMPOP 3 missing b a RIGHT COUNT 1
["a" ["5"]]
> LMPOP 2 a b LEFT COUNT 9223372036854775807
["a" ["4"]]
> LMPOP 2 a b LEFT
*-1
> LMPOP 2 a b LEFT COUNT 5
*-1
> RPUSH a 1 2 3
:3
> LMPOP 1 a LEFT COUNT 0
-ERR count should be greater than 0
> LMPOP 1 a LEFT COUNT -1
-ERR count should be greater than 0
> LMPOP 1 a LEFT COUNT x
-ERR count should be greater than 0
> LMPOP 1 a LEFT COUNT 9223372036854775808
-ERR count should be greater than 0
> LMPOP 1 a LEFT COUNT
-ERR syntax error
> LMPOP 1 a LEFT COUNT 1 COUNT 1
-ERR syntax error
> LMPOP 1 a LEFT OTHER 1
-ERR syntax error
> LMPOP 1 a UP
-ERR syntax error
> LMPOP 2 a LEFT
-ERR syntax error
> LMPOP 3 a b LEFT
-ERR syntax error
> LMPOP 0 a LEFT
-ERR numkeys should be greater than 0
> LMPOP -1 a LEFT
-ERR numkeys should be greater than 0
> LMPOP x a LEFT
-ERR numkeys should be greater than 0
> LMPOP 1.0 a LEFT
-ERR numkeys should be greater than 0
> LMPOP 9223372036854775807 a LEFT
-ERR syntax error
> LMPOP 9223372036854775808 a LEFT
-ERR numkeys should be greater than 0
> LMPOP 4294967297 a LEFT
-ERR syntax error
> LMPOP 0 a LEFT COUNT 0
-ERR numkeys should be greater than 0
> LMPOP 1 a
-ERR wrong number of arguments for 'lmpop' command
> LMPOP
-ERR wrong number of arguments for 'lmpop' command
> LRANGE a 0 -1
["1" "2" "3"]
> LMPOP 1 missing LEFT COUNT 1 x
-ERR syntax error

== nulls in RESP3 [resp3]
> LMOVE missing a LEFT RIGHT
_
> RPOPLPUSH missing a
_
> LMPOP 1 missing LEFT
_
> LPOS missing a
_
> LPOS missing a COUNT 1
[]
> RPUSH l a
:1
> LPOS l x
_
> LPOS l x COUNT 1
[]
> LPOS l a COUNT 1
[:0]
> LMPOP 1 l LEFT COUNT 5
["l" ["a"]]

== another type
> SET s v
+OK
> RPUSH l a
:1
> LPUSHX s a
-WRONGTYPE Operation against a key holding the wrong kind of value
> RPUSHX s a b
-WRONGTYPE Operation against a key holding the wrong kind of value
> LSET s 0 x
-WRONGTYPE Operation against a key holding the wrong kind of value
> LSET s abc x
-WRONGTYPE Operation against a key holding the wrong kind of value
> LINSERT s BEFORE a x
-WRONGTYPE Operation against a key holding the wrong kind of value
> LINSERT s BESIDE a x
-ERR syntax error
> LREM s 0 a
-WRONGTYPE Operation against a key holding the wrong kind of value
> LREM s abc a
-ERR value is not an integer or out of range
> LTRIM s 0 1
-WRONGTYPE Operation against a key holding the wrong kind of value
> LTRIM s abc 1
-ERR value is not an integer or out of range
> LMOVE s l LEFT RIGHT
-WRONGTYPE Operation against a key holding the wrong kind of value
> LMOVE l s LEFT RIGHT
-WRONGTYPE Operation against a key holding the wrong kind of value
> LMOVE s s LEFT RIGHT
-WRONGTYPE Operation against a key holding the wrong kind of value
> LMOVE missing s LEFT RIGHT
$-1
> RPOPLPUSH s l
-WRONGTYPE Operation against a key holding the wrong kind of value
> RPOPLPUSH l s
-WRONGTYPE Operation against a key holding the wrong kind of value
> LMPOP 1 s LEFT
-WRONGTYPE Operation against a key holding the wrong kind of value
> LMPOP 2 s l LEFT
-WRONGTYPE Operation against a key holding the wrong kind of value
> LMPOP 2 l s LEFT
["l" ["a"]]
> LMPOP 3 missing s l LEFT COUNT 0
-ERR count should be greater than 0
> GET s
"v"
> EXISTS l
:0

== a list keeps its expiry
> RPUSH l a b c d e
:5
> EXPIRE l 100
:1
> LSET l 0 ${x*3000}
+OK
> LINSERT l BEFORE b new
:6
> LREM l 1 c
:1
> LTRIM l 0 3
+OK
> LMOVE l l LEFT RIGHT
"${x*3000}"
> RPUSHX l z
:5
> TTL l
:98..100
> LMOVE l other LEFT RIGHT
"new"
> TTL other
:-1
> TTL l
:98..100
> EXPIRE other 100
:1
> LMOVE l other LEFT RIGHT
"b"
> TTL other
:98..100
> LTRIM l 1 0
+OK
> RPUSH l a
:1
> TTL l
:-1
> EXPIRE l 100
:1
> LMOVE l moved LEFT LEFT
"a"
> TTL moved
:-1
> TTL l
:-2

== short and long elements take each other's place
> RPUSH l a b c d
:4
> LSET l 1 ${x*1000}
+OK
> LSET l 2 ${y*1000}
+OK
> LSET l 0 ${z*1000}
+OK
> LRANGE l 0 -1
["${z*1000}" "${x*1000}" "${y*1000}" "d"]
> LSET l 1 ${x*5000}
+OK
> LSET l 1 ${w*20000}
+OK
> LSET l 2 ${v*1024}
+OK
> LSET l 3 ${u*1025}
+OK
> LRANGE l 0 -1
["${z*1000}" "${w*20000}" "${v*1024}" "${u*1025}"]
> LPOS l ${w*20000}
:1
> LPOS l ${w*19999}
$-1
> LPOS l ${u*1025}
:3
> LINSERT l AFTER ${w*20000} ${t*4096}
:5
> LINSERT l BEFORE ${t*4096} ${t*4097}
:6
> LMOVE l m RIGHT LEFT
"${u*1025}"
> LMOVE l m LEFT RIGHT
"${z*1000}"
> LMOVE l l RIGHT LEFT
"${v*1024}"
> LRANGE l 0 -1
["${v*1024}" "${w*20000}" "${t*4097}" "${t*4096}"]
> LRANGE m 0 -1
["${u*1025}" "${z*1000}"]
> LREM l 0 ${t*4097}
:1
> LREM l 0 ${t*4096}
:1
> LSET l 1 short
+OK
> LRANGE l 0 -1
["${v*1024}" "short"]
> LMPOP 2 m l RIGHT COUNT 10
["m" ["${z*1000}" "${u*1025}"]]

== a long list in its middle
repeat 1500
> RPUSH l element-${i} ${i}
:2..3000
> LSET l 1500 middle
+OK
> LSET l -1500 again
+OK
> LINDEX l 1500
"again"
> LINSERT l BEFORE element-700 inserted
:3001
> LINSERT l AFTER 700 ${x*2000}
:3002
> LPOS l inserted
:1400
> LPOS l ${x*2000} RANK -1
:1403
> LPOS l 1499
:3001
> LPOS l element-3 RANK -1
:6
> LPOS l element-3 RANK -1 MAXLEN 100
$-1
> LPOS l 1499 MAXLEN 2000
$-1
> LRANGE l 1398 1406
["element-699" "699" "inserted" "element-700" "700" "${x*2000}" "element-701" "701" "element-702"]
> LREM l 1 element-700
:1
> LREM l -1 ${x*2000}
:1
> LREM l 0 missing
:0
> LLEN l
:3000
> LTRIM l 1000 1999
+OK
> LLEN l
:1000
> LINDEX l 0
"element-500"
> LINDEX l -1
"999"
repeat 100
> LMOVE l l LEFT RIGHT
$?x
repeat 300
> LMOVE l other RIGHT LEFT
$?x
> LLEN l
:700
> LLEN other
:300
> LRANGE l 0 3
["element-550" "550" "element-551" "551"]
> LRANGE other 0 3
["element-900" "900" "element-901" "901"]
> LMPOP 1 other RIGHT COUNT 3
["other" ["549" "element-549" "548"]]
> LTRIM l -3 -1
+OK
> LRANGE l 0 -1
["898" "element-899" "899"]
> LTRIM other 0 0
+OK
> LRANGE other 0 -1
["element-900"]

== many equal elements
repeat 20
> RPUSH l a b a c a b d d ${i} ${x*90} ${y*90} a b a c a b d d ${i} ${x*90} ${y*90} ${z*600}
:23..460
> LREM l 3 a
:3
> LREM l -4 d
:4
> LPOS l a COUNT 3
[:8 :10 :12]
> LPOS l d COUNT 3 RANK -1
[:429 :428 :418]
> LREM l 100 b
:80
> LPOS l b
$-1
> LREM l -30 ${x*90}
:30
> LPOS l ${x*90} COUNT 0 RANK -1 MAXLEN 300
[:89 :80 :70 :61 :51]
> LREM l 0 ${z*600}
:20
> LREM l 0 a
:117
> LREM l 0 ${y*90}
:40
> LREM l 0 c
:40
> LREM l 0 d
:76
> LREM l 0 ${x*90}
:10
> LRANGE l 0 -1
["0" "0" "1" "1" "2" "2" "3" "3" "4" "4" "5" "5" "6" "6" "7" "7" "8" "8" "9" "9" "10" "10" "11" "11" "12" "12" "13" "13" "14" "14" "15" "15" "16" "16" "17" "17" "18" "18" "19" "19"]
> LREM l -1 b
:0
> LREM l 0 7
:2
> LLEN l
:38

== the keys of these commands
> COMMAND GETKEYS LMOVE a b LEFT RIGHT
["a" "b"]
> COMMAND GETKEYS RPOPLPUSH a b
["a" "b"]
> COMMAND GETKEYS LMPOP 2 a b LEFT
["a" "b"]
> COMMAND GETKEYS LSET a 0 x
["a"]
> COMMAND GETKEYS LPOS a b RANK 1
["a"]
