# SORT and SORT_RO of lists.
kv-options: --sort-elements-max 1000

== by number
> RPUSH l 3 1 -2 10 2.5 1e1 " 7" "" 0x1f inf -inf +4 .5
:13
> SORT l
["-inf" "-2" "" ".5" "1" "2.5" "3" "+4" " 7" "10" "1e1" "0x1f" "inf"]
> SORT l ASC
["-inf" "-2" "" ".5" "1" "2.5" "3" "+4" " 7" "10" "1e1" "0x1f" "inf"]
> SORT l DESC
["inf" "0x1f" "1e1" "10" " 7" "+4" "3" "2.5" "1" ".5" "" "-2" "-inf"]
> SORT_RO l
["-inf" "-2" "" ".5" "1" "2.5" "3" "+4" " 7" "10" "1e1" "0x1f" "inf"]
> SORT l DESC ASC
["-inf" "-2" "" ".5" "1" "2.5" "3" "+4" " 7" "10" "1e1" "0x1f" "inf"]
> SORT l LIMIT 0 2
["-inf" "-2"]
> SORT l LIMIT 11 100
["0x1f" "inf"]
> SORT l LIMIT 13 1
[]
> SORT l LIMIT 14 5
[]
> SORT l LIMIT -5 2
["-inf" "-2"]
> SORT l LIMIT 2 0
[]
> SORT l LIMIT 2 -1
["" ".5" "1" "2.5" "3" "+4" " 7" "10" "1e1" "0x1f" "inf"]
> SORT l LIMIT 0 -9223372036854775808
["-inf" "-2" "" ".5" "1" "2.5" "3" "+4" " 7" "10" "1e1" "0x1f" "inf"]
> SORT l LIMIT 9223372036854775807 9223372036854775807
[]
> SORT l LIMIT 1 9223372036854775807 DESC
["0x1f" "1e1" "10" " 7" "+4" "3" "2.5" "1" ".5" "" "-2" "-inf"]
> SORT l LIMIT 0 1 LIMIT 0 3
["-inf" "-2" ""]
> LRANGE l 0 -1
["3" "1" "-2" "10" "2.5" "1e1" " 7" "" "0x1f" "inf" "-inf" "+4" ".5"]
> SORT missing
[]
> SORT missing LIMIT 0 5 DESC
[]
> SORT missing GET # GET x
[]
> SORT_RO missing
[]
commandstats sort.calls +18
commandstats sort_ro.calls +2

== equal numbers come by their bytes
> RPUSH l 1 01 1.0 +1 1e0 "1" 0x1 " 1" 001
:9
> SORT l
[" 1" "+1" "001" "01" "0x1" "1" "1" "1.0" "1e0"]
> SORT l DESC
["1e0" "1.0" "1" "1" "0x1" "01" "001" "+1" " 1"]
> SORT l LIMIT 3 3
["01" "0x1" "1"]

== not a number
> RPUSH a 1 abc
:2
> RPUSH b 1 nan
:2
> RPUSH c "1 "
:1
> RPUSH d 1.2.3
:1
> RPUSH e 1 2
:2
> SORT a
-ERR One or more scores can't be converted into double
> SORT b
-ERR One or more scores can't be converted into double
> SORT c
-ERR One or more scores can't be converted into double
> SORT d
-ERR One or more scores can't be converted into double
> SORT a LIMIT 0 0
-ERR One or more scores can't be converted into double
> SORT a STORE e
-ERR One or more scores can't be converted into double
> LRANGE e 0 -1
["1" "2"]
> SORT_RO a
-ERR One or more scores can't be converted into double
> SORT a ALPHA
["1" "abc"]
> SORT a BY nosort
["1" "abc"]
> SET w_1 x
+OK
> SORT e BY w_*
-ERR One or more scores can't be converted into double
> SORT e BY w_* ALPHA
["2" "1"]
> RPUSH z "1\x00x" 2 0
:3
> SORT z
["0" "1\x00x" "2"]
errorstats ERR +8

== numbers beyond what a double holds
> RPUSH a 1e400 1
:2
> SORT a
-ERR One or more scores can't be converted into double
> RPUSH b 1e-400
:1
> SORT b
-ERR One or more scores can't be converted into double
# Redis keeps an error of the last conversion until something else goes wrong; kv does not.
> RPUSH c 2 1.5
:2
> SORT c
kv| ["1.5" "2"]
redis| -ERR One or more scores can't be converted into double

== by bytes
> RPUSH l b a c "" B ab "a\x00b" "a\x00a" "\xff" "a\x7f" 10 9 100
:13
> SORT l ALPHA
["" "10" "100" "9" "B" "a" "a\x00b" "a\x00a" "ab" "a\x7f" "b" "c" "\xff"]
> SORT l ALPHA DESC
["\xff" "c" "b" "a\x7f" "ab" "a" "a\x00b" "a\x00a" "B" "9" "100" "10" ""]
> SORT l ALPHA LIMIT 2 4
["100" "9" "B" "a"]
> SORT l ALPHA STORE d
:13
> LRANGE d 0 -1
["" "10" "100" "9" "B" "a" "a\x00a" "a\x00b" "ab" "a\x7f" "b" "c" "\xff"]
> SORT l ALPHA DESC STORE d
:13
> LRANGE d 0 -1
["\xff" "c" "b" "a\x7f" "ab" "a\x00b" "a\x00a" "a" "B" "9" "100" "10" ""]
> SORT_RO l ALPHA DESC LIMIT 0 1
["\xff"]

== by the weights of other keys
> RPUSH l a b c d e
:5
> MSET w_a 3 w_b 1 w_c 2 w_e 1 s_a z s_b y s_c z s_d x
+OK
> SORT l BY w_*
["d" "b" "e" "c" "a"]
> SORT l BY w_* DESC
["a" "c" "e" "b" "d"]
> SORT l BY w_* LIMIT 1 2
["b" "e"]
> SORT l BY s_* ALPHA
["e" "d" "b" "a" "c"]
> SORT l BY s_* ALPHA DESC
["a" "c" "b" "d" "e"]
> SORT l BY s_* ALPHA LIMIT 0 2
["e" "d"]
> SORT l BY s_* ALPHA DESC LIMIT 1 3
["c" "b" "d"]
> SORT l BY missing_* ALPHA
["a" "b" "c" "d" "e"]
> SORT l BY missing_*
["a" "b" "c" "d" "e"]
> SORT l BY *
["a" "b" "c" "d" "e"]
> SORT l BY w_*_x
["a" "b" "c" "d" "e"]
> SORT l BY w_*->field
["a" "b" "c" "d" "e"]
> SORT l BY w_*-> DESC
["e" "d" "c" "b" "a"]
> SORT l BY w_** ALPHA
["a" "b" "c" "d" "e"]
> RPUSH w_d not a string
:3
> SORT l BY w_*
["d" "b" "e" "c" "a"]
> MSET w_a 1 w_b 1 w_c 1 w_e 1
+OK
> SORT l BY w_*
["d" "a" "b" "c" "e"]
> SORT l BY w_* DESC
["e" "c" "b" "a" "d"]

== a list as it is
> RPUSH l 3 1 2 5 4
:5
> SORT l BY nosort
["3" "1" "2" "5" "4"]
> SORT l BY nosort DESC
["4" "5" "2" "1" "3"]
> SORT l BY nosort ALPHA
["3" "1" "2" "5" "4"]
> SORT l BY nosort LIMIT 1 2
["1" "2"]
> SORT l BY nosort DESC LIMIT 1 2
["5" "2"]
> SORT l BY nosort LIMIT 3 100
["5" "4"]
> SORT l BY nosort LIMIT 5 1
[]
> SORT l BY ""
["3" "1" "2" "5" "4"]
> SORT l BY #
["3" "1" "2" "5" "4"]
> SORT l BY w_* BY nosort
["3" "1" "2" "5" "4"]
> SORT l BY nosort BY w_*
["3" "1" "2" "5" "4"]
> SORT l BY "x\x00*"
["3" "1" "2" "5" "4"]
> SORT_RO l BY nosort DESC
["4" "5" "2" "1" "3"]
> SORT l BY nosort DESC LIMIT 0 3 STORE d
:3
> LRANGE d 0 -1
["4" "5" "2"]
> SORT l BY nosort STORE l
:5
> LRANGE l 0 -1
["3" "1" "2" "5" "4"]
> SORT missing BY nosort
[]

== GET
> RPUSH l 2 1 3
:3
> MSET v_1 one v_2 two 1 itself x_1_y suffix
+OK
> SORT l GET v_*
["one" "two" $-1]
> SORT l GET # GET v_*
["1" "one" "2" "two" "3" $-1]
> SORT l GET v_* GET # GET missing_* GET v_1
["one" "1" $-1 $-1 "two" "2" $-1 $-1 $-1 "3" $-1 $-1]
> SORT l GET *
["itself" $-1 $-1]
> SORT l GET x_*_y
["suffix" $-1 $-1]
> SORT l GET v_*->field
[$-1 $-1 $-1]
> SORT l GET v_*->
[$-1 $-1 $-1]
> SORT l GET "#\x00x"
["1" "2" "3"]
> SORT l GET ""
[$-1 $-1 $-1]
> SORT l DESC LIMIT 0 2 GET v_* GET #
[$-1 "3" "two" "2"]
> SORT l BY nosort GET v_*
["two" "one" $-1]
> SORT_RO l GET # GET v_*
["1" "one" "2" "two" "3" $-1]
> RPUSH v_3 list
:1
> SORT l GET v_*
["one" "two" $-1]
> SET v_1 ${x*5000}
+OK
> SET v_2 ${y*20000}
+OK
> SORT l GET v_*
["${x*5000}" "${y*20000}" $-1]

== GET in RESP3 [resp3]
> RPUSH l 2 1
:2
> SET v_1 one
+OK
> SORT l GET v_*
["one" _]
> SORT missing
[]
> SORT l
["1" "2"]

== STORE
> RPUSH l 3 1 2
:3
> SORT l STORE d
:3
> LRANGE d 0 -1
["1" "2" "3"]
> TYPE d
+list
> SET d string
+OK
> EXPIRE d 100
:1
> SORT l DESC STORE d
:3
> LRANGE d 0 -1
["3" "2" "1"]
> TTL d
:-1
> SORT l STORE l
:3
> LRANGE l 0 -1
["1" "2" "3"]
> SORT missing STORE d
:0
> EXISTS d
:0
> SORT missing STORE d
:0
> RPUSH d x
:1
> SORT l LIMIT 5 1 STORE d
:0
> EXISTS d
:0
> SORT l STORE a STORE b
:3
> EXISTS a
:0
> LRANGE b 0 -1
["1" "2" "3"]
> MSET v_1 12 v_2 012
+OK
> SORT l GET v_* GET # STORE d
:6
> LRANGE d 0 -1
["12" "1" "012" "2" "" "3"]
> LPOS d ""
:4
> LPOS d 12
:0
> RPUSH long ${b*1024} ${a*1025} ${c*4096} ${d*5121} ${e*20000} 7
:6
> SORT long ALPHA STORE d
:6
> LRANGE d 0 -1
["7" "${a*1025}" "${b*1024}" "${c*4096}" "${d*5121}" "${e*20000}"]
> SET v_1 ${x*9000}
+OK
> SET v_2 ${y*4500}
+OK
> APPEND v_3 1
:1
> APPEND v_3 2
:2
> SORT l GET v_* GET v_* GET v_* STORE l
:9
> LRANGE l 0 -1
["${x*9000}" "${x*9000}" "${x*9000}" "${y*4500}" "${y*4500}" "${y*4500}" "12" "12" "12"]
> LPOS l 12
:6
> SORT l GET v_* STORE
-ERR syntax error
> SORT_RO l STORE d
-ERR syntax error

== syntax
> RPUSH l 1 2
:2
> SET s v
+OK
> SORT
-ERR wrong number of arguments for 'sort' command
> SORT_RO
-ERR wrong number of arguments for 'sort_ro' command
> SORT l OTHER
-ERR syntax error
> SORT l BY
-ERR syntax error
> SORT l GET
-ERR syntax error
> SORT l STORE
-ERR syntax error
> SORT l LIMIT
-ERR syntax error
> SORT l LIMIT 1
-ERR syntax error
> SORT l LIMIT a 1
-ERR value is not an integer or out of range
> SORT l LIMIT 1 b
-ERR value is not an integer or out of range
> SORT l LIMIT 1 9223372036854775808
-ERR value is not an integer or out of range
> SORT l LIMIT a b OTHER
-ERR value is not an integer or out of range
> SORT l ASC OTHER
-ERR syntax error
> SORT l GET # BY
-ERR syntax error
> SORT s
-WRONGTYPE Operation against a key holding the wrong kind of value
> SORT_RO s
-WRONGTYPE Operation against a key holding the wrong kind of value
> SORT s OTHER
-ERR syntax error
> SORT s STORE d
-WRONGTYPE Operation against a key holding the wrong kind of value
> SORT l STORE s
:2
> LRANGE s 0 -1
["1" "2"]
> sort l desc alpha limit 0 1 get #
["2"]

== uses of keys
> RPUSH l 1 2
:2
> SET w_1 1
+OK
> SORT l
["1" "2"]
stat keyspace_hits +1
stat keyspace_misses +0
> SORT missing
[]
stat keyspace_hits +1
stat keyspace_misses +1
> SORT l BY w_* GET w_* GET nothing GET #
[$-1 $-1 "2" "1" $-1 "1"]
stat keyspace_hits +4
stat keyspace_misses +3
> SORT_RO l GET w_*
["1" $-1]
stat keyspace_hits +6
stat keyspace_misses +4

== the keys of SORT
> COMMAND GETKEYS SORT l BY w_* GET x STORE d
["l" "d"]
> COMMAND GETKEYS SORT l
["l"]
> COMMAND GETKEYS SORT_RO l BY w_*
["l"]

== keys that have expired are none
> RPUSH l 2 1
:2
> PSETEX w_1 1 5
+OK
> SET w_2 3
+OK
wait 50
> SORT l BY w_* GET w_*
[$-1 "3"]
> SORT l GET w_* STORE d
:2
> LRANGE d 0 -1
["" "3"]

== a long list
repeat 9
> RPUSH l 7 99 ${i} -5 1000 ${i}5 3${i} 0 -${i} 42 x${i}
:11..99
> SORT l ALPHA LIMIT 0 12
["-0" "-1" "-2" "-3" "-4" "-5" "-5" "-5" "-5" "-5" "-5" "-5"]
> SORT l ALPHA DESC LIMIT 10 12
["99" "99" "99" "99" "99" "99" "99" "99" "85" "8" "75" "7"]
> LREM l 0 x0
:1
> SORT l ALPHA STORE d
:98
> LTRIM d 0 -9
+OK
> SORT d LIMIT 20 30
["0" "0" "0" "0" "0" "0" "0" "0" "1" "2" "3" "4" "05" "5" "6" "7" "7" "7" "7" "7" "7" "7" "7" "7" "7" "8" "15" "25" "30" "31"]
> SORT d DESC
["1000" "1000" "1000" "1000" "1000" "1000" "1000" "1000" "1000" "99" "99" "99" "99" "99" "99" "99" "99" "99" "85" "75" "65" "55" "45" "42" "42" "42" "42" "42" "42" "42" "42" "42" "38" "37" "36" "35" "35" "34" "33" "32" "31" "30" "25" "15" "8" "7" "7" "7" "7" "7" "7" "7" "7" "7" "7" "6" "5" "05" "4" "3" "2" "1" "0" "0" "0" "0" "0" "0" "0" "0" "0" "0" "-0" "-1" "-2" "-3" "-4" "-5" "-5" "-5" "-5" "-5" "-5" "-5" "-5" "-5" "-5" "-6" "-7" "-8"]
> MSET w_7 a w_99 b w_42 a w_0 b w_1000 c
+OK
> SORT d BY w_* ALPHA LIMIT 40 20
["75" "8" "85" "42" "7" "7" "7" "7" "7" "7" "42" "42" "7" "42" "42" "42" "42" "42" "7" "7"]
> SORT d BY w_* ALPHA DESC LIMIT 5 30
["1000" "1000" "1000" "1000" "0" "0" "0" "0" "0" "0" "99" "99" "99" "99" "99" "99" "99" "99" "99" "0" "0" "0" "0" "7" "7" "42" "42" "42" "42" "42"]
> SORT d BY w_* ALPHA DESC
["1000" "1000" "1000" "1000" "1000" "1000" "1000" "1000" "1000" "0" "0" "0" "0" "0" "0" "0" "0" "0" "0" "99" "99" "99" "99" "99" "99" "99" "99" "99" "42" "42" "42" "42" "42" "42" "42" "42" "42" "7" "7" "7" "7" "7" "7" "7" "7" "7" "7" "-0" "-1" "-2" "-3" "-4" "-5" "-5" "-5" "-5" "-5" "-5" "-5" "-5" "-5" "-5" "-6" "-7" "-8" "05" "1" "15" "2" "25" "3" "30" "31" "32" "33" "34" "35" "35" "36" "37" "38" "4" "45" "5" "55" "6" "65" "75" "8" "85"]
> SORT d BY w_* ALPHA STORE d
:90
> LRANGE d 20 40
["15" "2" "25" "3" "30" "31" "32" "33" "34" "35" "35" "36" "37" "38" "4" "45" "5" "55" "6" "65" "75"]

== more elements than sort-elements-max [kv]
repeat 10
> RPUSH l ${7 *100}x
:101..1010
> SORT l ALPHA
-ERR list of 1010 elements exceeds sort-elements-max (1000)
> SORT l ALPHA LIMIT 0 1
-ERR list of 1010 elements exceeds sort-elements-max (1000)
> RPUSH d a
:1
> SORT l STORE d
-ERR list of 1010 elements exceeds sort-elements-max (1000)
> LRANGE d 0 -1
["a"]
> SORT l BY nosort LIMIT 1008 5
["7" "x"]
> SORT l BY nosort STORE d
:1010
> LLEN d
:1010
> LREM l 0 x
:10
> SORT l LIMIT 0 1
["7"]
pools pool_sort.exhausted +3
pools pool_sort.used =0
pools pool_sort.high_water =1000
pools pool_sort.max =1000
