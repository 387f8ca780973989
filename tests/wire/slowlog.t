# SLOWLOG: what is kept, how it is shown, and that it is bounded.

options: --slowlog-log-slower-than 0

== GET, LEN and RESET
> SLOWLOG RESET
+OK
> PING
+PONG
> SLOWLOG GET
[ [:?id1 :0..9000000000000 :0..9000000000000 ["PING"] $/127\.0\.0\.1:\d+/ ""] [:?id0 :0..9000000000000 :0..9000000000000 ["SLOWLOG" "RESET"] $/127\.0\.0\.1:\d+/ ""] ]
> SLOWLOG GET 1
[ [:0..9000000000000 :0..9000000000000 :0..9000000000000 ["SLOWLOG" "GET"] $/127\.0\.0\.1:\d+/ ""] ]
> SLOWLOG GET 0
[]
> SLOWLOG LEN
:5
> SLOWLOG RESET
+OK
> SLOWLOG LEN
:1

== ten entries unless told otherwise
> SLOWLOG RESET
+OK
repeat 20
> PING ${i}
"${i}"
> SLOWLOG GET
[ [any any any ["PING" "19"] any any] any any any any any any any any [any any any ["PING" "10"] any any] ]
> SLOWLOG GET 12
[ [any any any ["SLOWLOG" "GET"] any any] [any any any ["PING" "19"] any any] any any any any any any any any any any ]
> SLOWLOG GET -1
[ [any any any ["SLOWLOG" "GET" "12"] any any] ... ]

== the client's name, and names of commands as they were sent
> SLOWLOG RESET
+OK
> CLIENT SETNAME bob
+OK
> pInG
+PONG
> SLOWLOG GET 2
[ [any any any ["pInG"] $/127\.0\.0\.1:\d+/ "bob"] [any any any ["CLIENT" "SETNAME" "bob"] $/127\.0\.0\.1:\d+/ "bob"] ]

== arguments that are long or many are cut
> PING ${a*128}
"${a*128}"
> SLOWLOG GET 1
[ [any any any ["PING" "${a*128}"] any any] ]
> PING ${a*129}
"${a*129}"
> SLOWLOG GET 1
[ [any any any ["PING" "${a*128}... (1 more bytes)"] any any] ]
> DEL 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
:0
> SLOWLOG GET 1
[ [any any any ["DEL" "1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11" "12" "13" "14" "15" "16" "17" "18" "19" "20" "21" "22" "23" "24" "25" "26" "27" "28" "29" "30" "31"] any any] ]
> DEL 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
:0
> SLOWLOG GET 1
[ [any any any ["DEL" "1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11" "12" "13" "14" "15" "16" "17" "18" "19" "20" "21" "22" "23" "24" "25" "26" "27" "28" "29" "30" "... (2 more arguments)"] any any] ]
> PING "\x00\r\n\xff"
"\x00\r\n\xff"
> SLOWLOG GET 1
[ [any any any ["PING" "\x00\r\n\xff"] any any] ]

== passwords are not kept
> AUTH default pw
+OK
> SLOWLOG GET 1
[ [any any any ["AUTH" "(redacted)" "(redacted)"] any any] ]
> AUTH nobody pw
-WRONGPASS invalid username-password pair or user is disabled.
> SLOWLOG GET 1
[ [any any any ["AUTH" "(redacted)" "(redacted)"] any any] ]
> HELLO 2 SETNAME auth AUTH default pw
any
> SLOWLOG GET 1
[ [any any any ["HELLO" "2" "SETNAME" "auth" "AUTH" "(redacted)" "(redacted)"] any any] ]
> CONFIG SET timeout 0 requirepass ""
+OK
> SLOWLOG GET 1
[ [any any any ["CONFIG" "SET" "timeout" "0" "requirepass" "(redacted)"] any any] ]

== what is refused is not kept
> SLOWLOG RESET
+OK
> NOSUCH
-ERR unknown command 'NOSUCH', with args beginning with:\x20
> GET
-ERR wrong number of arguments for 'get' command
> SLOWLOG NOSUCH
-ERR unknown subcommand 'NOSUCH'. Try SLOWLOG HELP.
> SLOWLOG GET
[ [any any any ["SLOWLOG" "RESET"] any any] ]
> LLEN
-ERR wrong number of arguments for 'llen' command
> SET k v
+OK
> LLEN k
-WRONGTYPE Operation against a key holding the wrong kind of value
> SLOWLOG GET 2
[ [any any any ["LLEN" "k"] any any] [any any any ["SET" "k" "v"] any any] ]

== numbers rise, also after a reset
> PING
+PONG
> SLOWLOG GET 1
[ [:?id any any ["PING"] any any] ]
> SLOWLOG RESET
+OK
> SLOWLOG GET 1
[ [:0..9000000000000 any any ["SLOWLOG" "RESET"] any any] ]

== off, and a threshold that nothing reaches
> CONFIG SET slowlog-log-slower-than -1
+OK
> SLOWLOG RESET
+OK
> PING
+PONG
> SLOWLOG LEN
:0
> CONFIG SET slowlog-log-slower-than 3600000000
+OK
> PING
+PONG
> SLOWLOG LEN
:0
> CONFIG SET slowlog-log-slower-than 9223372036854775807
+OK
> PING
+PONG
> SLOWLOG GET
[]
> CONFIG GET slowlog-log-slower-than
["slowlog-log-slower-than" "9223372036854775807"]
> CONFIG SET slowlog-log-slower-than 0
+OK

== slowlog-max-len
> SLOWLOG RESET
+OK
repeat 20
> PING
+PONG
> CONFIG SET slowlog-max-len 3
+OK
> SLOWLOG LEN
:3
> SLOWLOG GET 3
[ [any any any ["SLOWLOG" "LEN"] any any] [any any any ["CONFIG" "SET" "slowlog-max-len" "3"] any any] [any any any ["PING"] any any] ]
> CONFIG SET slowlog-max-len 0
+OK
> SLOWLOG LEN
:0
> SLOWLOG GET
[]
> CONFIG SET slowlog-max-len 128
+OK
> CONFIG GET slowlog-max-len
["slowlog-max-len" "128"]

== options refused
> CONFIG SET slowlog-log-slower-than -2
-ERR CONFIG SET failed (possibly related to argument 'slowlog-log-slower-than') - argument must be between -1 and 9223372036854775807 inclusive
> CONFIG SET slowlog-log-slower-than x
-ERR CONFIG SET failed (possibly related to argument 'slowlog-log-slower-than') - argument couldn't be parsed into an integer
> CONFIG SET slowlog-log-slower-than 99999999999999999999
-ERR CONFIG SET failed (possibly related to argument 'slowlog-log-slower-than') - argument couldn't be parsed into an integer
> CONFIG SET slowlog-max-len -1
-ERR CONFIG SET failed (possibly related to argument 'slowlog-max-len') - argument must be between 0 and 9223372036854775807 inclusive
> CONFIG GET slowlog-log-slower-than
["slowlog-log-slower-than" "0"]

== errors
> SLOWLOG
-ERR wrong number of arguments for 'slowlog' command
> SLOWLOG GET x
-ERR count should be greater than or equal to -1
> SLOWLOG GET -2
-ERR count should be greater than or equal to -1
> SLOWLOG GET 1 2
-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.
> slowlog get 1 2
-ERR unknown subcommand or wrong number of arguments for 'get'. Try SLOWLOG HELP.
> SLOWLOG LEN x
-ERR wrong number of arguments for 'slowlog|len' command
> SLOWLOG RESET x
-ERR wrong number of arguments for 'slowlog|reset' command
> SLOWLOG HELP x
-ERR wrong number of arguments for 'slowlog|help' command
> SLOWLOG HELP
[ any any ... ]

== bytes run out before entries do: the oldest give way [kv]
> CONFIG SET slowlog-max-len 1000000
+OK
> SLOWLOG RESET
+OK
repeat 100
> MGET ${a*128} ${b*128} ${c*128} ${d*128} ${e*128} ${f*128} ${g*128} ${h*128} ${j*128} ${k*128}
[$-1 $-1 $-1 $-1 $-1 $-1 $-1 $-1 $-1 $-1]
> SLOWLOG GET 1
[ [any any any ["MGET" ...] any any] ]
stat pool_slow_log.used >=50000
stat pool_slow_log.max =65536
stat pool_slow_log.exhausted >=50
> SLOWLOG RESET
+OK
> PING
+PONG
> SLOWLOG GET
[ [any any any ["PING"] any any] [any any any ["SLOWLOG" "RESET"] any any] ]
> CONFIG SET slowlog-max-len 128
+OK

== commands that had to wait
> CONFIG SET slowlog-log-slower-than 0
+OK
B> BLPOP a b 0
stat blocked_clients ~1
A> SLOWLOG RESET
+OK
> RPUSH b 1
:1
B:
["b" "1"]
B> BLPOP a 0.01
*-1
# Redis shows all arguments; kv keeps the key that came.
kv| A> SLOWLOG GET
kv| [ [any any any ["blpop" "b"] any any] [any any any ["RPUSH" "b" "1"] any any] [any any any ["SLOWLOG" "RESET"] any any] ]
redis| A> SLOWLOG GET
redis| [ [any any any ["BLPOP" "a" "b" "0"] any any] [any any any ["RPUSH" "b" "1"] any any] [any any any ["SLOWLOG" "RESET"] any any] ]
> CONFIG SET slowlog-log-slower-than 10000
+OK
