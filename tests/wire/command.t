# COMMAND and its subcommands.

== COMMAND COUNT
> COMMAND COUNT
:35..500
> COMMAND COUNT x
-ERR wrong number of arguments for 'command|count' command
> command count
:35..500

== COMMAND
> COMMAND
[ [ ... ] [ ... ] ... ]
> HELLO 3
any
> COMMAND
[ [ ... ] [ ... ] ... ]

== COMMAND INFO
> COMMAND INFO get
[["get" :2 [+readonly +fast] :1 :1 :1 any any any any]]
> COMMAND INFO set
[["set" :-3 [+write +denyoom] :1 :1 :1 any any any any]]
> COMMAND INFO GET nosuch ping
[["get" :2 [+readonly +fast] :1 :1 :1 any any any any]
 $-1
 ["ping" :-1 [+fast] :0 :0 :0 any any any any]]
> COMMAND INFO mset
[["mset" :-3 [+write +denyoom] :1 :-1 :2 any any any any]]
> COMMAND INFO nosuch
[$-1]
> COMMAND INFO client|id
[["client|id" :2 [+noscript +loading +stale] :0 :0 :0 any any any any]]
> COMMAND INFO client|nosuch
[$-1]
> COMMAND INFO get|x
[$-1]
> COMMAND INFO lpush del
[["lpush" :-3 [+write +denyoom +fast] :1 :1 :1 any any any any]
 ["del" :-2 [+write] :1 :-1 :1 any any any any]]
> COMMAND INFO scan dbsize flushall
[["scan" :-2 [+readonly] :0 :0 :0 any any any any]
 ["dbsize" :1 [+readonly +fast] :0 :0 :0 any any any any]
 ["flushall" :-1 [+write] :0 :0 :0 any any any any]]
> COMMAND INFO client
[["client" :-2 [] :0 :0 :0 any any any any]]
> COMMAND INFO quit hello auth reset select
[["quit" :-1 [+noscript +loading +stale +fast +no_auth +allow_busy] :0 :0 :0 any any any any]
 ["hello" :-1 [+noscript +loading +stale +fast +no_auth +allow_busy] :0 :0 :0 any any any any]
 ["auth" :-2 [+noscript +loading +stale +fast +no_auth +allow_busy] :0 :0 :0 any any any any]
 ["reset" :1 [+noscript +loading +stale +fast +no_auth +allow_busy] :0 :0 :0 any any any any]
 ["select" :2 [+loading +stale +fast] :0 :0 :0 any any any any]]
> COMMAND INFO info time shutdown
[["info" :-1 [+loading +stale] :0 :0 :0 any any any any]
 ["time" :1 [+loading +stale +fast] :0 :0 :0 any any any any]
 ["shutdown" :-1 [+admin +noscript +loading +stale +no_multi +allow_busy] :0 :0 :0 any any any any]]
> COMMAND INFO append strlen incr incrby decr decrby
[["append" :3 [+write +denyoom +fast] :1 :1 :1 any any any any]
 ["strlen" :2 [+readonly +fast] :1 :1 :1 any any any any]
 ["incr" :2 [+write +denyoom +fast] :1 :1 :1 any any any any]
 ["incrby" :3 [+write +denyoom +fast] :1 :1 :1 any any any any]
 ["decr" :2 [+write +denyoom +fast] :1 :1 :1 any any any any]
 ["decrby" :3 [+write +denyoom +fast] :1 :1 :1 any any any any]]
> COMMAND INFO lpop rpop lrange llen lindex rpush
[["lpop" :-2 [+write +fast] :1 :1 :1 any any any any]
 ["rpop" :-2 [+write +fast] :1 :1 :1 any any any any]
 ["lrange" :4 [+readonly] :1 :1 :1 any any any any]
 ["llen" :2 [+readonly +fast] :1 :1 :1 any any any any]
 ["lindex" :3 [+readonly] :1 :1 :1 any any any any]
 ["rpush" :-3 [+write +denyoom +fast] :1 :1 :1 any any any any]]
> COMMAND INFO unlink exists type expire pexpire ttl pttl persist
[["unlink" :-2 [+write +fast] :1 :-1 :1 any any any any]
 ["exists" :-2 [+readonly +fast] :1 :-1 :1 any any any any]
 ["type" :2 [+readonly +fast] :1 :1 :1 any any any any]
 ["expire" :-3 [+write +fast] :1 :1 :1 any any any any]
 ["pexpire" :-3 [+write +fast] :1 :1 :1 any any any any]
 ["ttl" :2 [+readonly +fast] :1 :1 :1 any any any any]
 ["pttl" :2 [+readonly +fast] :1 :1 :1 any any any any]
 ["persist" :2 [+write +fast] :1 :1 :1 any any any any]]
> COMMAND INFO ping echo mget
[["ping" :-1 [+fast] :0 :0 :0 any any any any]
 ["echo" :2 [+loading +stale +fast] :0 :0 :0 any any any any]
 ["mget" :-2 [+readonly +fast] :1 :-1 :1 any any any any]]

== COMMAND INFO in RESP3 [resp3]
> COMMAND INFO get
[["get" :2 ~[+readonly +fast] :1 :1 :1 any any any any]]
> COMMAND INFO nosuch
[_]

== COMMAND INFO, whole entries
> COMMAND INFO get
[["get" :2 [+readonly +fast] :1 :1 :1 [+@read +@string +@fast] []
 [["flags" [+RO +access]
  "begin_search" ["type" "index" "spec" ["index" :1]]
  "find_keys" ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]] []]]
> COMMAND INFO mset
[["mset" :-3 [+write +denyoom] :1 :-1 :2 [+@write +@string +@slow] ["request_policy:multi_shard" "response_policy:all_succeeded"]
 [["flags" [+OW +update]
  "begin_search" ["type" "index" "spec" ["index" :1]]
  "find_keys" ["type" "range" "spec" ["lastkey" :-1 "keystep" :2 "limit" :0]]]] []]]

== COMMAND INFO, a whole entry in RESP3 [resp3]
> COMMAND INFO get
[["get" :2 ~[+readonly +fast] :1 :1 :1 ~[+@read +@string +@fast] ~[]
 ~[{"flags" ~[+RO +access]
  "begin_search" {"type" "index" "spec" {"index" :1}}
  "find_keys" {"type" "range" "spec" {"lastkey" :0 "keystep" :1 "limit" :0}}}] ~[]]]

== COMMAND DOCS
> COMMAND DOCS get
["get" ["summary" $/.+/ "since" "1.0.0" "group" "string" ...]]
> COMMAND DOCS nosuch
[]
> COMMAND DOCS get nosuch GET ping
["get" ["summary" $/.+/ "since" "1.0.0" "group" "string" ...]
 "get" ["summary" $/.+/ "since" "1.0.0" "group" "string" ...]
 "ping" ["summary" $/.+/ "since" "1.0.0" "group" "connection" ...]]
> COMMAND DOCS config|get
["config|get" ["summary" $/.+/ "since" "2.0.0" "group" "server" ...]]

== COMMAND DOCS in RESP3 [resp3]
> COMMAND DOCS get
{"get" {"summary" $/.+/ "since" "1.0.0" "group" "string" ...}}
> COMMAND DOCS nosuch
{}

== COMMAND DOCS of everything
> COMMAND DOCS
[ $/[a-z]+/ [ ... ] ... ]
> HELLO 3
any
> COMMAND DOCS
{ $/[a-z]+/ { ... } ... }

== COMMAND LIST
> COMMAND LIST
[ $/[a-z|]+/ ... ]
> COMMAND LIST FILTERBY PATTERN lpus?
["lpush"]
> COMMAND LIST FILTERBY PATTERN nosuch*
[]
> COMMAND LIST FILTERBY pattern PEXPIRE
["pexpire"]
> COMMAND LIST FILTERBY ACLCAT nosuch
[]
> COMMAND LIST FILTERBY MODULE nosuch
[]
> COMMAND LIST FILTERBY WRONG x
-ERR syntax error
> COMMAND LIST FILTERBY
-ERR syntax error
> COMMAND LIST FILTERBY PATTERN
-ERR syntax error
> COMMAND LIST x
-ERR syntax error

== COMMAND GETKEYS
> COMMAND GETKEYS GET k
["k"]
> COMMAND GETKEYS MSET a 1 b 2
["a" "b"]
> COMMAND GETKEYS mget a b c
["a" "b" "c"]
> COMMAND GETKEYS DEL a b
["a" "b"]
> COMMAND GETKEYS SET k v EX 10
["k"]
> COMMAND GETKEYS LPUSH l a b c
["l"]
> COMMAND GETKEYS PING
-ERR wrong number of arguments for 'command|getkeys' command
> COMMAND GETKEYS NOSUCH x
-ERR Invalid command specified
> COMMAND GETKEYS GET
-ERR wrong number of arguments for 'command|getkeys' command
> COMMAND GETKEYS GET a b
-ERR Invalid number of arguments specified for command
> COMMAND GETKEYS
-ERR wrong number of arguments for 'command|getkeys' command
> COMMAND GETKEYS "GET" "\x00\r\n"
["\x00\r\n"]
> COMMAND GETKEYS SCAN 0
-ERR The command has no key arguments
> COMMAND GETKEYS CONFIG GET x
-ERR The command has no key arguments

== COMMAND, unknown subcommands
> COMMAND NOSUCH
-ERR unknown subcommand 'NOSUCH'. Try COMMAND HELP.
> COMMAND NOSUCH a b
-ERR unknown subcommand 'NOSUCH'. Try COMMAND HELP.
> COMMAND INFO
[ [ ... ] ... ]
