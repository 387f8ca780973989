# Limits that the commands of strings and bitmaps meet: an error names each, nothing is changed.
only: kv
options: --key-count 1000 --key-size-max 64 --val-size-max 16384 --list-length-max 50
options: --reply-size-max 262144 --lcs-memory 4096

== a value over val-size-max
> SETRANGE k 16384 x
-ERR value of 16385 bytes exceeds val-size-max (16384)
> SETRANGE k 16380 abcde
-ERR value of 16385 bytes exceeds val-size-max (16384)
> SETRANGE k 536870912 x
-ERR string exceeds maximum allowed size (proto-max-bulk-len)
> SETBIT k 131072 1
-ERR value of 16385 bytes exceeds val-size-max (16384)
> SETBIT k 4294967295 1
-ERR value of 536870912 bytes exceeds val-size-max (16384)
> BITFIELD k SET u8 131065 1
-ERR value of 16385 bytes exceeds val-size-max (16384)
> BITFIELD k GET u8 131072 GET u8 131065
[ :0 :0 ]
> EXISTS k
:0
> SETRANGE k 16383 x
:16384
> SETBIT k 131071 1
:0
> BITFIELD k SET u8 131064 7
[ :121 ]
> SETRANGE k 16384 x
-ERR value of 16385 bytes exceeds val-size-max (16384)
> SETBIT k 131072 1
-ERR value of 16385 bytes exceeds val-size-max (16384)
> STRLEN k
:16384
> SET l v
+OK
> SETBIT l 131072 0
-ERR value of 16385 bytes exceeds val-size-max (16384)
> GET l
"v"

== an argument over val-size-max
> GETSET k ${x*16385}
-ERR value of 16385 bytes exceeds val-size-max (16384)
> SETEX k 100 ${x*16385}
-ERR value of 16385 bytes exceeds val-size-max (16384)
> PSETEX k 100 ${x*16385}
-ERR value of 16385 bytes exceeds val-size-max (16384)
> SETNX k ${x*16385}
-ERR value of 16385 bytes exceeds val-size-max (16384)
> MSETNX a 1 k ${x*16385}
-ERR value of 16385 bytes exceeds val-size-max (16384)
> EXISTS k a
:0

== a key over key-size-max
> SETRANGE ${k*65} 0 x
-/ERR .*key-size-max.*64.*/
> BITOP AND ${k*65} a
-/ERR .*key-size-max.*64.*/
> BITOP AND a b ${k*65}
-/ERR .*key-size-max.*64.*/
> LCS a ${k*65}
-/ERR .*key-size-max.*64.*/

== proto-max-bulk-len bounds offsets
> CONFIG SET proto-max-bulk-len 1048576
+OK
> SETRANGE k 1048576 x
-ERR string exceeds maximum allowed size (proto-max-bulk-len)
> SETBIT k 8388608 1
-ERR bit offset is not an integer or out of range
> GETBIT k 8388608
-ERR bit offset is not an integer or out of range
> GETBIT k 8388607
:0
> BITFIELD k GET u8 8388608
-ERR bit offset is not an integer or out of range
> CONFIG SET proto-max-bulk-len 536870912
+OK

== LCS over lcs-memory
> SET a ${a*496}
+OK
> SET b ${b*64}
+OK
> LCS a b
""
> LCS a b LEN
:0
> SET c ${c*512}
+OK
> LCS c b
-ERR LCS of 512 and 64 bytes takes 4160 bytes of lcs-memory (4096)
> LCS c b IDX
-ERR LCS of 512 and 64 bytes takes 4160 bytes of lcs-memory (4096)
> LCS b c IDX
-ERR LCS of 64 and 512 bytes takes 4104 bytes of lcs-memory (4096)
> LCS c b LEN
:0
> SET d ${d*4000}
+OK
> LCS c d LEN
-ERR LCS of 512 and 4000 bytes takes 16132 bytes of lcs-memory (4096)
> LCS d missing
""
stat pool_lcs.used =0
stat pool_lcs.max =4096
stat pool_lcs.exhausted +4
stat pool_lcs.high_water >=4000
errorstats ERR +4


== the string of a long table, and how much of lcs-memory it took
> SET a ${ab*248}
+OK
> SET b ${ba*32}
+OK
> LCS a b
"${ba*32}"
stat pool_lcs.high_water >=4032

== BITFIELD whose answers could not fit changes nothing
> BITFIELD k SET u8 0 7 ${SET i64 8 1 *12000}
-ERR reply exceeds reply-size-max (262144)
> EXISTS k
:0
> BITFIELD k SET u8 0 7 ${SET u1 8 1 *12000}
[ :0 :0 ${:1 *11999} ]
> GET k
"\x07\x80"
> BITFIELD_RO k ${GET i64 0 *14000}
-ERR reply exceeds reply-size-max (262144)
> BITFIELD k ${GET i64 0 *14000}
-ERR reply exceeds reply-size-max (262144)
> BITFIELD_RO k GET u16 0
[ :1920 ]
stat kv_replies_too_long +3
