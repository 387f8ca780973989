# PING, ECHO, QUIT, HELLO, RESET, SELECT, TIME, unknown commands.

== PING and ECHO
> PING
+PONG
> PING hello
"hello"
> PING "a\x00b\r\n"
"a\x00b\r\n"
> PING ""
""
> PING a b
-ERR wrong number of arguments for 'ping' command
> ping
+PONG
> pInG x
"x"
> ECHO hello
"hello"
> ECHO ""
""
> ECHO "\x00\xff"
"\x00\xff"
> ECHO
-ERR wrong number of arguments for 'echo' command
> ECHO a b
-ERR wrong number of arguments for 'echo' command
> ECHO ${x*70000}
"${x*70000}"
commandstats ping.calls +7
commandstats ping.failed_calls +1
commandstats echo.calls +4

== PING in RESP3 [resp3]
> PING
+PONG
> PING hello
"hello"

== QUIT
> SET k v
+OK
> QUIT
+OK
closed

== QUIT with arguments, in a pipeline
>> *1\r\n$4\r\nPING\r\n*2\r\n$4\r\nquit\r\n$1\r\nx\r\n*1\r\n$4\r\nPING\r\n
+PONG
+OK
closed

== HELLO
> HELLO
["server" "redis" "version" $/\d+\.\d+\.\d+/ "proto" :2 "id" :1..1000000 "mode" "standalone" "role" "master" "modules" []]
> HELLO 3
{"server" "redis" "version" $/\d+\.\d+\.\d+/ "proto" :3 "id" :1..1000000 "mode" "standalone" "role" "master" "modules" []}
> GET missing
_
> HELLO
{"server" "redis" "version" $/\d+\.\d+\.\d+/ "proto" :3 "id" :?hello "mode" "standalone" "role" "master" "modules" []}
> CLIENT ID
:${hello}
> HELLO 2
["server" "redis" "version" $/\d+\.\d+\.\d+/ "proto" :2 "id" :${hello} "mode" "standalone" "role" "master" "modules" []]
> GET missing
$-1
> HELLO 3 SETNAME me
{"server" "redis" ...}
> CLIENT GETNAME
"me"
> HELLO 2 AUTH default anything SETNAME again
["server" "redis" ...]
> CLIENT GETNAME
"again"

== HELLO errors
> HELLO 1
-NOPROTO unsupported protocol version
> HELLO 4
-NOPROTO unsupported protocol version
> HELLO 0
-NOPROTO unsupported protocol version
> HELLO -1
-NOPROTO unsupported protocol version
> HELLO abc
-ERR Protocol version is not an integer or out of range
> HELLO ""
-ERR Protocol version is not an integer or out of range
> HELLO 3 AUTH
-ERR Syntax error in HELLO option 'AUTH'
> HELLO 3 AUTH user
-ERR Syntax error in HELLO option 'AUTH'
> HELLO 3 SETNAME
-ERR Syntax error in HELLO option 'SETNAME'
> HELLO 3 WRONG
-ERR Syntax error in HELLO option 'WRONG'
> HELLO 3 AUTH nobody x
-WRONGPASS invalid username-password pair or user is disabled.
> HELLO 3 SETNAME "a b"
-ERR Client names cannot contain spaces, newlines or special characters.
> HELLO 3 SETNAME "a\nb"
-ERR Client names cannot contain spaces, newlines or special characters.
> HELLO 3 SETNAME "a b" AUTH nobody x
-ERR Client names cannot contain spaces, newlines or special characters.
> HELLO 3 AUTH nobody x SETNAME "a b" WRONG
-WRONGPASS invalid username-password pair or user is disabled.
> HELLO 3 AUTH default x WRONG
-ERR Syntax error in HELLO option 'WRONG'
> HELLO 9223372036854775808
-ERR Protocol version is not an integer or out of range
> GET missing
$-1
> CLIENT GETNAME
$-1
errorstats NOPROTO >=+2
errorstats WRONGPASS +2

== AUTH without a password set
> AUTH x
-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?
> AUTH default x
+OK
> AUTH nobody x
-WRONGPASS invalid username-password pair or user is disabled.
> AUTH
-ERR wrong number of arguments for 'auth' command
> AUTH a b c
-ERR syntax error
> PING
+PONG

== RESET
> SELECT 5
+OK
> CLIENT SETNAME me
+OK
> SET k v
+OK
> RESET
+RESET
> CLIENT GETNAME
$-1
> DBSIZE
:0
> CLIENT INFO
$/.* db=0 .* resp=2.*/
> HELLO 3
any
> RESET
+RESET
> GET missing
$-1
> RESET now
-ERR wrong number of arguments for 'reset' command
> reset
+RESET

== RESET in RESP3 [resp3]
> GET missing
_
> RESET
+RESET
> GET missing
$-1

== TIME
> TIME
[ $/1[0-9]{9}/ $/0|[1-9][0-9]{0,5}/ ]
> TIME x
-ERR wrong number of arguments for 'time' command

== unknown commands
> NOSUCH
-ERR unknown command 'NOSUCH', with args beginning with:\x20
> NOSUCH a
-ERR unknown command 'NOSUCH', with args beginning with: 'a'\x20
> nosuch a b c
-ERR unknown command 'nosuch', with args beginning with: 'a' 'b' 'c'\x20
> "NO\r\nSUCH"
-ERR unknown command 'NO  SUCH', with args beginning with:\x20
> NOSUCH "a\r\nb"
-ERR unknown command 'NOSUCH', with args beginning with: 'a  b'\x20
> NOSUCH ${x*200}
-ERR unknown command 'NOSUCH', with args beginning with: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'\x20
> NOSUCH ${x*100} ${y*100}
-ERR unknown command 'NOSUCH', with args beginning with: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' 'yyyyyyyyyyyyyyyyyyyyyyyyy'\x20
> ${n*200} ${x*200}
-ERR unknown command 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn', with args beginning with: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'\x20
> "" a
-ERR unknown command '', with args beginning with: 'a'\x20
> HGETALLX k
-ERR unknown command 'HGETALLX', with args beginning with: 'k'\x20
> NOSUCH 'quoted' "with space"
-ERR unknown command 'NOSUCH', with args beginning with: ''quoted'' 'with space'\x20
> NOSUCH "\x00\x01"
-ERR unknown command 'NOSUCH', with args beginning with: ''\x20
> SETX k v
-ERR unknown command 'SETX', with args beginning with: 'k' 'v'\x20
> GE k
-ERR unknown command 'GE', with args beginning with: 'k'\x20
> PING
+PONG
errorstats ERR +14

== many commands at once
>> *3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$3\r\nGET\r\n*2\r\n$3\r\nDEL\r\n$1\r\na\r\n
+OK
:2
"2"
-ERR wrong number of arguments for 'get' command
:1
repeat 3000
> INCR counter
:1..3000
> GET counter
"3000"

== large requests with large replies, many at once
>> *2\r\n$4\r\nECHO\r\n$300000\r\n${x*300000}\r\n*2\r\n$4\r\nECHO\r\n$300000\r\n${y*300000}\r\n*2\r\n$4\r\nECHO\r\n$3\r\nend\r\n
"${x*300000}"
"${y*300000}"
"end"
> PING
+PONG

== each connection has its own state
A> SELECT 1
+OK
B> SELECT 2
+OK
A> SET k a
+OK
B> SET k b
+OK
A> GET k
"a"
B> GET k
"b"
B> HELLO 3
any
B> GET x
_
A> GET x
$-1
