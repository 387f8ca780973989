# LCS: the longest common subsequence.

== the string, its length and its parts
> MSET a ohmytext b mynewtext
+OK
> LCS a b
"mytext"
> LCS a b LEN
:6
> LCS a b IDX
["matches" [[[:4 :7] [:5 :8]] [[:2 :3] [:0 :1]]] "len" :6]
> LCS a b IDX MINMATCHLEN 4
["matches" [[[:4 :7] [:5 :8]]] "len" :6]
> LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
["matches" [[[:4 :7] [:5 :8] :4]] "len" :6]
> LCS a b IDX WITHMATCHLEN
["matches" [[[:4 :7] [:5 :8] :4] [[:2 :3] [:0 :1] :2]] "len" :6]
> LCS a b WITHMATCHLEN IDX MINMATCHLEN 0
["matches" [[[:4 :7] [:5 :8] :4] [[:2 :3] [:0 :1] :2]] "len" :6]
> LCS a b IDX MINMATCHLEN -3
["matches" [[[:4 :7] [:5 :8]] [[:2 :3] [:0 :1]]] "len" :6]
> LCS a b idx minmatchlen 1 minmatchlen 3
["matches" [[[:4 :7] [:5 :8]]] "len" :6]
> LCS a b LEN MINMATCHLEN 3 WITHMATCHLEN
:6
> LCS a b MINMATCHLEN 100
"mytext"
> LCS a a
"ohmytext"
> LCS a a IDX WITHMATCHLEN
["matches" [[[:0 :7] [:0 :7] :8]] "len" :8]
> LCS b a
"mytext"
> LCS b a IDX
["matches" [[[:5 :8] [:4 :7]] [[:0 :1] [:2 :3]]] "len" :6]

== which of several
> MSET a abcbdab b bdcaba
+OK
> LCS a b
"bdab"
> LCS b a
"bcba"
> LCS a b IDX WITHMATCHLEN
["matches" [[[:5 :6] [:3 :4] :2] [[:3 :4] [:0 :1] :2]] "len" :4]
> LCS b a IDX WITHMATCHLEN
["matches" [[[:5 :5] [:5 :5] :1] [[:4 :4] [:3 :3] :1] [[:2 :2] [:2 :2] :1] [[:0 :0] [:1 :1] :1]] "len" :4]
> MSET c ab d ba
+OK
> LCS c d
"b"
> LCS d c
"a"
> LCS c d IDX
["matches" [[[:1 :1] [:0 :0]]] "len" :1]
> LCS d c IDX
["matches" [[[:1 :1] [:0 :0]]] "len" :1]
> MSET e xaxbxcx f aybycy
+OK
> LCS e f
"abc"
> LCS e f IDX WITHMATCHLEN
["matches" [[[:5 :5] [:4 :4] :1] [[:3 :3] [:2 :2] :1] [[:1 :1] [:0 :0] :1]] "len" :3]
> MSET n 12345 m 2468
+OK
> LCS n m
"24"
> LCS n m IDX
["matches" [[[:3 :3] [:1 :1]] [[:1 :1] [:0 :0]]] "len" :2]
> LCS n m LEN
:2

== nothing in common, or nothing at all
> MSET a aaa b bbb empty ""
+OK
> LCS a b
""
> LCS a b LEN
:0
> LCS a b IDX
["matches" [] "len" :0]
> LCS a missing
""
> LCS missing a LEN
:0
> LCS missing gone IDX
["matches" [] "len" :0]
> LCS missing gone
""
> LCS empty a
""
> LCS empty empty IDX
["matches" [] "len" :0]
stat keyspace_hits +12
stat keyspace_misses +6

== bytes of all kinds
> MSET a "\x00\xff\r\n\x00" b "\xff\x00\n\x00\x00"
+OK
> LCS a b
"\xff\n\x00"
> LCS a b IDX
["matches" [[[:4 :4] [:4 :4]] [[:3 :3] [:2 :2]] [[:1 :1] [:0 :0]]] "len" :3]

== strings of several pages
> MSET a ${x*5000}${y*100} b ${x*300}${z*10}${y*200}
+OK
> LCS a b LEN
:400
> LCS b a LEN
:400
> LCS a b IDX WITHMATCHLEN
["matches" [[[:5000 :5099] [:410 :509] :100] [[:4700 :4999] [:0 :299] :300]] "len" :400]
> LCS b a IDX
["matches" [[[:410 :509] [:5000 :5099]] [[:0 :299] [:0 :299]]] "len" :400]
> LCS a b
"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"

== what LCS does not take
> MSET a abc b abd
+OK
> LCS a
-ERR wrong number of arguments for 'lcs' command
> LCS a b nonsense
-ERR syntax error
> LCS a b MINMATCHLEN
-ERR syntax error
> LCS a b IDX MINMATCHLEN abc
-ERR value is not an integer or out of range
> LCS a b IDX LEN
-ERR If you want both the length and indexes, please just use IDX.
> LCS a b LEN IDX
-ERR If you want both the length and indexes, please just use IDX.
> RPUSH l x
:1
> LCS a l
-ERR The specified keys must contain string values
> LCS l a
-ERR The specified keys must contain string values
> LCS l a nonsense
-ERR The specified keys must contain string values
> LCS missing l IDX LEN
-ERR The specified keys must contain string values

== in RESP3 [resp3]
> MSET a ohmytext b mynewtext
+OK
> LCS a b IDX WITHMATCHLEN
{"matches" [[[:4 :7] [:5 :8] :4] [[:2 :3] [:0 :1] :2]] "len" :6}
> LCS a b
"mytext"
> LCS a b LEN
:6
> LCS a missing IDX
{"matches" [] "len" :0}
