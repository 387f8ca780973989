# CLIENT REPLY, NO-EVICT, GETREDIR; CONFIG REWRITE without a file.

== REPLY OFF and ON
> CLIENT REPLY ON
+OK
> CLIENT REPLY OFF
> SET k v
> NOSUCH
> GET
> LLEN k
> CLIENT REPLY NOSUCH
> CLIENT REPLY ON
+OK
> GET k
"v"
commandstats client|reply.calls +4
commandstats set.calls +1
commandstats llen.failed_calls +1

== REPLY SKIP
> CLIENT REPLY SKIP
> PING
> PING x
"x"
> CLIENT REPLY SKIP
> NOSUCH
> PING x
"x"
> CLIENT REPLY SKIP
> CLIENT REPLY SKIP
> PING
> PING x
"x"
> CLIENT REPLY SKIP
> CLIENT REPLY ON
+OK
> PING
+PONG

== REPLY in a pipeline
>> CLIENT REPLY SKIP\r\nPING\r\nECHO 1\r\nCLIENT REPLY OFF\r\nECHO 2\r\nCLIENT REPLY SKIP\r\nECHO 3\r\nCLIENT REPLY ON\r\nECHO 4\r\n
"1"
+OK
"4"

== REPLY SKIP before OFF
> CLIENT REPLY SKIP
> CLIENT REPLY OFF
> PING
> CLIENT REPLY ON
+OK

== RESET replies
> CLIENT REPLY OFF
> RESET
+RESET
> PING
+PONG

== RESET may be skipped
> CLIENT REPLY SKIP
> RESET
> PING
+PONG
> CLIENT REPLY SKIP
> CLIENT REPLY OFF
> RESET
+RESET
> PING
+PONG

== the protocol changes all the same
> CLIENT REPLY OFF
> HELLO 3
> CLIENT REPLY ON
+OK
> GET nosuch
_

== a value larger than a reply's first piece
> SET k ${x*100000}
+OK
> CLIENT REPLY SKIP
> GET k
> STRLEN k
:100000

== other connections have their replies
> CLIENT REPLY OFF
B> PING
+PONG
A> CLIENT REPLY ON
+OK

== QUIT without a reply closes [kv]
> CLIENT REPLY OFF
> QUIT
closed

== a broken frame without a reply closes [kv]
> CLIENT REPLY OFF
>> *1\r\n$x\r\n
closed

== a request that is too long is skipped without a reply [kv]
> CLIENT REPLY SKIP
> SET k ${x*1100000}
> GET k
$-1

== REPLY, errors
> CLIENT REPLY
-ERR wrong number of arguments for 'client|reply' command
> CLIENT REPLY x
-ERR syntax error
> CLIENT REPLY ON x
-ERR wrong number of arguments for 'client|reply' command

== NO-EVICT
> CLIENT NO-EVICT on
+OK
> CLIENT INFO
$/id=\d+ .* flags=e .*\n/
> CLIENT NO-EVICT OFF
+OK
> CLIENT INFO
$/id=\d+ .* flags=N .*\n/
> CLIENT NO-EVICT
-ERR wrong number of arguments for 'client|no-evict' command
> CLIENT NO-EVICT x
-ERR syntax error
> CLIENT NO-EVICT on x
-ERR wrong number of arguments for 'client|no-evict' command
> CLIENT NO-EVICT on
+OK
> RESET
+RESET
> CLIENT INFO
$/id=\d+ .* flags=(e|N) .*\n/

== GETREDIR
> CLIENT GETREDIR
:-1
> CLIENT GETREDIR x
-ERR wrong number of arguments for 'client|getredir' command

== CONFIG REWRITE without a file
> CONFIG REWRITE
-ERR The server is running without a config file
> CONFIG REWRITE x
-ERR wrong number of arguments for 'config|rewrite' command

== NO-TOUCH [kv]
> CLIENT NO-TOUCH
-ERR wrong number of arguments for 'client|no-touch' command
> CLIENT NO-TOUCH x
-ERR syntax error
> CLIENT NO-TOUCH on
+OK
> CLIENT INFO
$/id=\d+ .* flags=T .*\n/
> CONFIG SET maxmemory-policy allkeys-lru
+OK
> RESTORE k 0 "\x00\xc0\x05\n\x00c/_f\x83/\xb3Q" IDLETIME 500
+OK
> GET k
"5"
> OBJECT IDLETIME k
:500
> TOUCH k
:1
> OBJECT IDLETIME k
:0
> RESTORE k 0 "\x00\xc0\x05\n\x00c/_f\x83/\xb3Q" IDLETIME 500 REPLACE
+OK
> CLIENT NO-TOUCH off
+OK
> GET k
"5"
> OBJECT IDLETIME k
:0
> CLIENT NO-TOUCH on
+OK
> RESET
+RESET
> CLIENT INFO
$/id=\d+ .* flags=N .*\n/
> CONFIG SET maxmemory-policy noeviction
+OK
