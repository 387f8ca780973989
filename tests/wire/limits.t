# The limits: an error names the option and its number, nothing is changed, the connection stays.
only: kv
options: --key-count 1000 --key-size-max 64 --val-size-max 16384 --list-length-max 50
options: --reply-size-max 262144 --request-size-max 65536

== a value over val-size-max
> SET k ${x*16384}
+OK
> STRLEN k
:16384
> SET k ${x*16385}
-/ERR .*val-size-max.*16384.*/
> STRLEN k
:16384
> SET new ${x*16385}
-/ERR .*val-size-max.*16384.*/
> EXISTS new
:0
> SET k ${x*16385} GET
-/ERR .*val-size-max.*16384.*/
> SET k ${x*16385} NX
-/ERR .*val-size-max.*16384.*/
> STRLEN k
:16384
> MSET a 1 b ${x*16385} c 3
-/ERR .*val-size-max.*16384.*/
> EXISTS a b c
:0
> PING
+PONG
errorstats ERR +5
commandstats strlen.calls +3

== APPEND over val-size-max
> SET k ${x*16000}
+OK
> APPEND k ${y*384}
:16384
> APPEND k z
-/ERR .*val-size-max.*16384.*/
> APPEND k ${y*16000}
-/ERR .*val-size-max.*16384.*/
> APPEND k ""
:16384
> GET k
"${x*16000}${y*384}"
> APPEND new ${y*16384}
:16384
> DEL new
:1

== an element over val-size-max
> RPUSH l a ${x*16384}
:2
> RPUSH l b ${x*16385}
-/ERR .*val-size-max.*16384.*/
> LPUSH l ${x*16385} b
-/ERR .*val-size-max.*16384.*/
> LLEN l
:2
> RPUSH new a b ${x*16385}
-/ERR .*val-size-max.*16384.*/
> EXISTS new
:0

== a value far over every limit is skipped as it arrives
> SET k old
+OK
> SET k ${x*60000}
-/ERR .*val-size-max.*16384.*/
> SET k ${x*5000000}
-/ERR .*val-size-max.*16384.*/
> GET k
"old"
>> *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3000000\r\n${x*1500000}
B> PING
+PONG
B> GET k
"old"
A>> ${x*1500000}\r\n*1\r\n$4\r\nPING\r\n
-/ERR .*val-size-max.*16384.*/
+PONG
> GET k
"old"
stat kv_requests_too_long +3

== a long value between others in one pipeline
>> *3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$20000\r\n${x*20000}\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n
+OK
-/ERR .*val-size-max.*16384.*/
"1"

== an inline value over val-size-max
>> SET k old\r\n
+OK
>> SET k ${x*20000}\r\n
-/ERR .*val-size-max.*16384.*/
>> GET k\r\n
"old"

== a key over key-size-max
> SET ${k*64} v
+OK
> GET ${k*64}
"v"
> SET ${k*65} v
-/ERR .*key-size-max.*64.*/
> RPUSH ${k*65} v
-/ERR .*key-size-max.*64.*/
> INCR ${k*65}
-/ERR .*key-size-max.*64.*/
> APPEND ${k*65} v
-/ERR .*key-size-max.*64.*/
> MSET a 1 ${k*65} 2
-/ERR .*key-size-max.*64.*/
> EXISTS a
:0
> SET ${k*100000} v
-/ERR .*(key-size-max.*64|val-size-max.*16384|request-size-max.*65536).*/
> DBSIZE
:1
> PING
+PONG

== a list over list-length-max
> RPUSH l ${e *49}e
:50
> RPUSH l e
-/ERR .*list-length-max.*50.*/
> LPUSH l e
-/ERR .*list-length-max.*50.*/
> LLEN l
:50
> LPOP l
"e"
> RPUSH l a b
-/ERR .*list-length-max.*50.*/
> LLEN l
:49
> RPUSH l last
:50
> LINDEX l -1
"last"
> RPUSH new ${e *50}e
-/ERR .*list-length-max.*50.*/
> EXISTS new
:0
> LPUSH new ${e *50}e
-/ERR .*list-length-max.*50.*/
> EXISTS new
:0

== a reply that can never fit
> RPUSH l ${e*16384} ${e*16384} ${e*16384}
:3
> RPUSH l ${e*16384} ${e*16384} ${e*16384}
:6
repeat 9
> RPUSH l ${e*16384}
:7..15
> LRANGE l 0 14
[ ... ]
> RPUSH l last
:16
> RPUSH l ${e*16384}
:17
> LRANGE l 0 -1
-/ERR .*reply-size-max.*262144.*/
> LPOP l 100
-/ERR .*reply-size-max.*262144.*/
> RPOP l 17
-/ERR .*reply-size-max.*262144.*/
> LLEN l
:17
> LINDEX l 15
"last"
> LRANGE l 10 15
[ "${e*16384}" "${e*16384}" "${e*16384}" "${e*16384}" "${e*16384}" "last" ]
> SET k ${v*16000}
+OK
> MGET k k k k k k k k k k k k k k k k k
-/ERR .*reply-size-max.*262144.*/
> MGET k k
[ "${v*16000}" "${v*16000}" ]
> LPOP l 2
[ "${e*16384}" "${e*16384}" ]
> LLEN l
:15
stat kv_replies_too_long +4
errorstats ERR +4

== COUNT of SCAN is a hint: its reply always fits
repeat 1000
> SET ${key-*14}${i} v
+OK
scan COUNT 100000
[ any any any ... ]

== a request over request-size-max
> MSET a ${v*16000} b ${v*16000} c ${v*16000} d ${v*16000} e ${v*16000}
-/ERR .*request-size-max.*65536.*/
> EXISTS a b c d e
:0
> RPUSH l ${e*16000} ${e*16000} ${e*16000} ${e*16000} ${e*16000}
-/ERR .*request-size-max.*65536.*/
> EXISTS l
:0
> MSET a ${v*16000} b ${v*16000} c ${v*16000} d ${v*16000}
+OK
> EXISTS a b c d
:4
> PING
+PONG
stat kv_requests_too_long +2

== too many arguments
>> *1000000\r\n
-ERR Protocol error: invalid multibulk length
closed
stat kv_protocol_errors +1

== a bulk length over proto-max-bulk-len
> CONFIG SET proto-max-bulk-len 1mb
+OK
>> *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048576\r\n${x*1048576}\r\n
-/ERR .*val-size-max.*16384.*/
>> *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048577\r\n
-ERR Protocol error: invalid bulk length
closed
B> CONFIG SET proto-max-bulk-len 512mb
+OK
