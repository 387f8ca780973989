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
[["get" :2 [+readonly +fast] :1 :1 :1 [+@read +@string +@fast] []
  [["flags" [+RO +access] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]]
> COMMAND INFO GET nosuch ping
[["get" :2 [+readonly +fast] :1 :1 :1 [+@read +@string +@fast] []
  [["flags" [+RO +access] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 $-1
 ["ping" :-1 [+fast] :0 :0 :0 [+@fast +@connection]
  ["request_policy:all_shards" "response_policy:all_succeeded"] [] []]]
> COMMAND INFO mset mget
[["mset" :-3 [+write +denyoom] :1 :-1 :2 [+@write +@string +@slow]
  ["request_policy:multi_shard" "response_policy:all_succeeded"]
  [["flags" [+OW +update] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :-1 "keystep" :2 "limit" :0]]]]
  []]
 ["mget" :-2 [+readonly +fast] :1 :-1 :1 [+@read +@string +@fast] ["request_policy:multi_shard"]
  [["flags" [+RO +access] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :-1 "keystep" :1 "limit" :0]]]]
  []]]
> COMMAND INFO nosuch
[$-1]
> COMMAND INFO client|id client|setname client|kill client|list
[["client|id" :2 [+noscript +loading +stale] :0 :0 :0 [+@slow +@connection] [] [] []]
 ["client|setname" :3 [+noscript +loading +stale] :0 :0 :0 [+@slow +@connection] [] [] []]
 ["client|kill" :-3 [+admin +noscript +loading +stale] :0 :0 :0
  [+@admin +@slow +@dangerous +@connection] [] [] []]
 ["client|list" :-2 [+admin +noscript +loading +stale] :0 :0 :0
  [+@admin +@slow +@dangerous +@connection] ["nondeterministic_output"] [] []]]
> COMMAND INFO client|nosuch
[$-1]
> COMMAND INFO get|x
[$-1]
> COMMAND INFO lpush rpush lpop rpop
[["lpush" :-3 [+write +denyoom +fast] :1 :1 :1 [+@write +@list +@fast] []
  [["flags" [+RW +insert] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["rpush" :-3 [+write +denyoom +fast] :1 :1 :1 [+@write +@list +@fast] []
  [["flags" [+RW +insert] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["lpop" :-2 [+write +fast] :1 :1 :1 [+@write +@list +@fast] []
  [["flags" [+RW +access +delete] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["rpop" :-2 [+write +fast] :1 :1 :1 [+@write +@list +@fast] []
  [["flags" [+RW +access +delete] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]]
> COMMAND INFO lrange llen lindex
[["lrange" :4 [+readonly] :1 :1 :1 [+@read +@list +@slow] []
  [["flags" [+RO +access] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["llen" :2 [+readonly +fast] :1 :1 :1 [+@read +@list +@fast] []
  [["flags" [+RO] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["lindex" :3 [+readonly] :1 :1 :1 [+@read +@list +@slow] []
  [["flags" [+RO +access] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]]
> COMMAND INFO del unlink exists type
[["del" :-2 [+write] :1 :-1 :1 [+@keyspace +@write +@slow]
  ["request_policy:multi_shard" "response_policy:agg_sum"]
  [["flags" [+RM +delete] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :-1 "keystep" :1 "limit" :0]]]]
  []]
 ["unlink" :-2 [+write +fast] :1 :-1 :1 [+@keyspace +@write +@fast]
  ["request_policy:multi_shard" "response_policy:agg_sum"]
  [["flags" [+RM +delete] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :-1 "keystep" :1 "limit" :0]]]]
  []]
 ["exists" :-2 [+readonly +fast] :1 :-1 :1 [+@keyspace +@read +@fast]
  ["request_policy:multi_shard" "response_policy:agg_sum"]
  [["flags" [+RO] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :-1 "keystep" :1 "limit" :0]]]]
  []]
 ["type" :2 [+readonly +fast] :1 :1 :1 [+@keyspace +@read +@fast] []
  [["flags" [+RO] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]]
> COMMAND INFO expire pexpire ttl pttl persist scan
[["expire" :-3 [+write +fast] :1 :1 :1 [+@keyspace +@write +@fast] []
  [["flags" [+RW +update] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["pexpire" :-3 [+write +fast] :1 :1 :1 [+@keyspace +@write +@fast] []
  [["flags" [+RW +update] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["ttl" :2 [+readonly +fast] :1 :1 :1 [+@keyspace +@read +@fast] ["nondeterministic_output"]
  [["flags" [+RO +access] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["pttl" :2 [+readonly +fast] :1 :1 :1 [+@keyspace +@read +@fast] ["nondeterministic_output"]
  [["flags" [+RO +access] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["persist" :2 [+write +fast] :1 :1 :1 [+@keyspace +@write +@fast] []
  [["flags" [+RW +update] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["scan" :-2 [+readonly] :0 :0 :0 [+@keyspace +@read +@slow]
  ["nondeterministic_output" "request_policy:special"] [] []]]
> COMMAND INFO dbsize flushall flushdb
[["dbsize" :1 [+readonly +fast] :0 :0 :0 [+@keyspace +@read +@fast]
  ["request_policy:all_shards" "response_policy:agg_sum"] [] []]
 ["flushall" :-1 [+write] :0 :0 :0 [+@keyspace +@write +@slow +@dangerous]
  ["request_policy:all_shards" "response_policy:all_succeeded"] [] []]
 ["flushdb" :-1 [+write] :0 :0 :0 [+@keyspace +@write +@slow +@dangerous]
  ["request_policy:all_shards" "response_policy:all_succeeded"] [] []]]
> COMMAND INFO quit hello auth reset select echo
[["quit" :-1 [+noscript +loading +stale +fast +no_auth +allow_busy] :0 :0 :0 [+@fast +@connection]
  [] [] []]
 ["hello" :-1 [+noscript +loading +stale +fast +no_auth +allow_busy] :0 :0 :0 [+@fast +@connection]
  [] [] []]
 ["auth" :-2 [+noscript +loading +stale +fast +no_auth +allow_busy] :0 :0 :0 [+@fast +@connection]
  [] [] []]
 ["reset" :1 [+noscript +loading +stale +fast +no_auth +allow_busy] :0 :0 :0 [+@fast +@connection]
  [] [] []]
 ["select" :2 [+loading +stale +fast] :0 :0 :0 [+@fast +@connection] [] [] []]
 ["echo" :2 [+loading +stale +fast] :0 :0 :0 [+@fast +@connection] [] [] []]]
> COMMAND INFO info time shutdown
[["info" :-1 [+loading +stale] :0 :0 :0 [+@slow +@dangerous]
  ["nondeterministic_output" "request_policy:all_shards" "response_policy:special"] [] []]
 ["time" :1 [+loading +stale +fast] :0 :0 :0 [+@fast] ["nondeterministic_output"] [] []]
 ["shutdown" :-1 [+admin +noscript +loading +stale +no_multi +allow_busy] :0 :0 :0
  [+@admin +@slow +@dangerous] [] [] []]]
> COMMAND INFO append strlen incr incrby decr decrby
[["append" :3 [+write +denyoom +fast] :1 :1 :1 [+@write +@string +@fast] []
  [["flags" [+RW +insert] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["strlen" :2 [+readonly +fast] :1 :1 :1 [+@read +@string +@fast] []
  [["flags" [+RO] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["incr" :2 [+write +denyoom +fast] :1 :1 :1 [+@write +@string +@fast] []
  [["flags" [+RW +access +update] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["incrby" :3 [+write +denyoom +fast] :1 :1 :1 [+@write +@string +@fast] []
  [["flags" [+RW +access +update] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["decr" :2 [+write +denyoom +fast] :1 :1 :1 [+@write +@string +@fast] []
  [["flags" [+RW +access +update] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]
 ["decrby" :3 [+write +denyoom +fast] :1 :1 :1 [+@write +@string +@fast] []
  [["flags" [+RW +access +update] "begin_search" ["type" "index" "spec" ["index" :1]] "find_keys"
    ["type" "range" "spec" ["lastkey" :0 "keystep" :1 "limit" :0]]]]
  []]]
> COMMAND INFO config|get config|set config|resetstat
[["config|get" :-3 [+admin +noscript +loading +stale] :0 :0 :0 [+@admin +@slow +@dangerous] [] []
  []]
 ["config|set" :-4 [+admin +noscript +loading +stale] :0 :0 :0 [+@admin +@slow +@dangerous]
  ["request_policy:all_nodes" "response_policy:all_succeeded"] [] []]
 ["config|resetstat" :2 [+admin +noscript +loading +stale] :0 :0 :0 [+@admin +@slow +@dangerous] []
  [] []]]
> COMMAND INFO command|count command|info command|docs command|list command|getkeys
[["command|count" :2 [+loading +stale] :0 :0 :0 [+@slow +@connection] [] [] []]
 ["command|info" :-2 [+loading +stale] :0 :0 :0 [+@slow +@connection]
  ["nondeterministic_output_order"] [] []]
 ["command|docs" :-2 [+loading +stale] :0 :0 :0 [+@slow +@connection]
  ["nondeterministic_output_order"] [] []]
 ["command|list" :-2 [+loading +stale] :0 :0 :0 [+@slow +@connection]
  ["nondeterministic_output_order"] [] []]
 ["command|getkeys" :-4 [+loading +stale] :0 :0 :0 [+@slow +@connection] [] [] []]]
> COMMAND INFO set
[["set" :-3 [+write +denyoom] :1 :1 :1 [+@write +@string +@slow] [] any []]]
> COMMAND INFO client config
[["client" :-2 [] :0 :0 :0 [+@slow] [] [] [[ ... ] ...]]
 ["config" :-2 [] :0 :0 :0 [+@slow] [] [] [[ ... ] ...]]]
> COMMAND INFO command
[["command" :-1 [+loading +stale] :0 :0 :0 [+@slow +@connection] ["nondeterministic_output_order"] [] [[ ... ] ...]]]

== COMMAND INFO in RESP3 [resp3]
> COMMAND INFO get
[["get" :2 ~[+readonly +fast] :1 :1 :1 ~[+@read +@string +@fast] ~[]
  ~[{"flags" ~[+RO +access] "begin_search" {"type" "index" "spec" {"index" :1}} "find_keys"
     {"type" "range" "spec" {"lastkey" :0 "keystep" :1 "limit" :0}}}]
  ~[]]]
> COMMAND INFO nosuch
[_]
> COMMAND INFO mset ping
[["mset" :-3 ~[+write +denyoom] :1 :-1 :2 ~[+@write +@string +@slow]
  ~["request_policy:multi_shard" "response_policy:all_succeeded"]
  ~[{"flags" ~[+OW +update] "begin_search" {"type" "index" "spec" {"index" :1}} "find_keys"
     {"type" "range" "spec" {"lastkey" :-1 "keystep" :2 "limit" :0}}}]
  ~[]]
 ["ping" :-1 ~[+fast] :0 :0 :0 ~[+@fast +@connection]
  ~["request_policy:all_shards" "response_policy:all_succeeded"] ~[] ~[]]]

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

== COMMAND DOCS, arguments
> COMMAND DOCS time
["time" ["summary" $/.+/ "since" $/.+/ "group" "server" "complexity" $/.+/]]
> COMMAND DOCS lrange
["lrange" ["summary" $/.+/ "since" "1.0.0" "group" "list" "complexity" $/.+/ "arguments"
  [["name" "key" "type" "key" "key_spec_index" :0] ["name" "start" "type" "integer"]
   ["name" "stop" "type" "integer"]]]]
> COMMAND DOCS mget mset
["mget" ["summary" $/.+/ "since" "1.0.0" "group" "string" "complexity" $/.+/ "arguments"
  [["name" "key" "type" "key" "key_spec_index" :0 "flags" [+multiple]]]]
 "mset" ["summary" $/.+/ "since" "1.0.1" "group" "string" "complexity" $/.+/ "arguments"
  [["name" "key_value" "type" "block" "flags" [+multiple] "arguments"
    [["name" "key" "type" "key" "key_spec_index" :0] ["name" "value" "type" "string"]]]]]]
> COMMAND DOCS command|list
["command|list" ["summary" $/.+/ "since" "7.0.0" "group" "server" "complexity" $/.+/ "arguments"
  [["name" "filterby" "type" "oneof" "token" "FILTERBY" "flags" [+optional] "arguments"
    [["name" "module-name" "type" "string" "token" "MODULE"]
     ["name" "category" "type" "string" "token" "ACLCAT"]
     ["name" "pattern" "type" "pattern" "token" "PATTERN"]]]]]]
> COMMAND DOCS command|docs
["command|docs" ["summary" $/.+/ "since" "7.0.0" "group" "server" "complexity" $/.+/ "arguments"
  [["name" "command-name" "type" "string" "flags" [+optional +multiple]]]]]

== COMMAND DOCS, arguments in RESP3 [resp3]
> COMMAND DOCS mset
{"mset" {"summary" $/.+/ "since" "1.0.1" "group" "string" "complexity" $/.+/ "arguments"
  [{"name" "key_value" "type" "block" "flags" ~[+multiple] "arguments"
    [{"name" "key" "type" "key" "key_spec_index" :0} {"name" "value" "type" "string"}]}]}}
> COMMAND DOCS command|docs
{"command|docs" {"summary" $/.+/ "since" "7.0.0" "group" "server" "complexity" $/.+/ "arguments"
  [{"name" "command-name" "type" "string" "flags" ~[+optional +multiple]}]}}

== COMMAND DOCS, arguments without the versions that Redis gives them [kv]
> COMMAND DOCS set
["set" ["summary" $/.+/ "since" "1.0.0" "group" "string" "complexity" $/.+/ "arguments"
  [["name" "key" "type" "key" "key_spec_index" :0]
   ["name" "value" "type" "string"]
   ["name" "condition" "type" "oneof" "flags" [+optional] "arguments"
    [["name" "nx" "type" "pure-token" "token" "NX"]
     ["name" "xx" "type" "pure-token" "token" "XX"]]]
   ["name" "get" "type" "pure-token" "token" "GET" "flags" [+optional]]
   ["name" "expiration" "type" "oneof" "flags" [+optional] "arguments"
    [["name" "seconds" "type" "integer" "token" "EX"]
     ["name" "milliseconds" "type" "integer" "token" "PX"]
     ["name" "unix-time-seconds" "type" "unix-time" "token" "EXAT"]
     ["name" "unix-time-milliseconds" "type" "unix-time" "token" "PXAT"]
     ["name" "keepttl" "type" "pure-token" "token" "KEEPTTL"]]]]]]
> COMMAND DOCS config
["config" ["summary" $/.+/ "since" "2.0.0" "group" "server" "complexity" $/.+/ "subcommands"
  ["config|get" ["summary" $/.+/ "since" $/.+/ "group" "server" "complexity" $/.+/ "arguments"
    [["name" "parameter" "type" "block" "flags" [+multiple] "arguments"
      [["name" "parameter" "type" "string"]]]]]
   "config|help" ["summary" $/.+/ "since" $/.+/ "group" "server" "complexity" $/.+/]
   ...]]]

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
> COMMAND GETKEYS SORT k STORE a ALPHA STORE b
["k" "b"]
> COMMAND GETKEYS SORT k GET STORE a
["k"]
> COMMAND GETKEYS SORT k BY STORE GET STORE LIMIT STORE STORE STORE a
["k" "a"]
> COMMAND GETKEYS SORT k LIMIT STORE
["k"]
> COMMAND GETKEYS OBJECT nosuch
-ERR Invalid command specified
> COMMAND GETKEYS OBJECT ENCODING k
["k"]
> COMMAND GETKEYS LMPOP 2 a b LEFT
["a" "b"]
> COMMAND GETKEYS LMPOP "\t +2x" a b LEFT
["a" "b"]
> COMMAND GETKEYS LMPOP 4294967297 a b LEFT
["a"]
> COMMAND GETKEYS LMPOP 4 a b LEFT
-ERR Invalid arguments specified for command
> COMMAND GETKEYS LMPOP 99999999999999999999 a b LEFT
-ERR Invalid arguments specified for command
> COMMAND GETKEYS LMPOP -1 a b LEFT
-ERR Invalid arguments specified for command
> COMMAND GETKEYS LMPOP x a b LEFT
-ERR Invalid arguments specified for command
> COMMAND GETKEYS "GET" "\x00\r\n"
["\x00\r\n"]
> COMMAND GETKEYS SCAN 0
-ERR The command has no key arguments
> COMMAND GETKEYS CONFIG GET x
-ERR The command has no key arguments

== HELP of the containers [kv]
> COMMAND HELP
[+/The subcommands of command:/ +count any +/docs \[command-name\.\.\.\]/ any
 +/getkeys command arg\.\.\./ any +help any +/info \[command-name\.\.\.\]/ any
 +/list \[FILTERBY \(MODULE module-name \| ACLCAT category \| PATTERN pattern\)\]/ any]
> CONFIG HELP
[+/The subcommands of config:/ +/get parameter\.\.\./ any +help any +resetstat any +rewrite any
 +/set \(parameter value\)\.\.\./ any ...]
> CLIENT HELP
[+/The subcommands of client:/ ...]

== COMMAND, unknown subcommands
> COMMAND NOSUCH
-ERR unknown subcommand 'NOSUCH'. Try COMMAND HELP.
> COMMAND NOSUCH a b
-ERR unknown subcommand 'NOSUCH'. Try COMMAND HELP.
> COMMAND INFO
[ [ ... ] ... ]
