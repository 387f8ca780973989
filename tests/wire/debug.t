# DEBUG, where it is allowed.

options: --enable-debug-command local

== SLEEP
> DEBUG SLEEP 0
+OK
> DEBUG SLEEP 0.01
+OK
> debug sleep 1e-3
+OK
> DEBUG SLEEP x
+OK
> DEBUG SLEEP -1
+OK
> DEBUG SLEEP ""
+OK
> DEBUG SLEEP
-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP.
> DEBUG SLEEP 0 0
-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP.

== OBJECT
> SET k v
+OK
> DEBUG OBJECT k
+/Value at:0x[0-9a-f]+ refcount:1 encoding:embstr serializedlength:\d+ lru:\d+ lru_seconds_idle:\d+/
> SET k ${x*44}
+OK
> DEBUG OBJECT k
+/Value at:0x[0-9a-f]+ refcount:1 encoding:embstr serializedlength:\d+ lru:\d+ lru_seconds_idle:\d+/
> SET k ${x*45}
+OK
> DEBUG OBJECT k
+/Value at:0x[0-9a-f]+ refcount:1 encoding:raw serializedlength:\d+ lru:\d+ lru_seconds_idle:\d+/
> SET k ${x*100000}
+OK
> DEBUG OBJECT k
+/Value at:0x[0-9a-f]+ refcount:1 encoding:raw serializedlength:\d+ lru:\d+ lru_seconds_idle:\d+/
> SET k 123456789
+OK
> DEBUG OBJECT k
+/Value at:0x[0-9a-f]+ refcount:1 encoding:int serializedlength:\d+ lru:\d+ lru_seconds_idle:\d+/
> RPUSH l a b c
:3
> DEBUG OBJECT l
+/Value at:0x[0-9a-f]+ refcount:1 encoding:quicklist serializedlength:\d+ lru:\d+ lru_seconds_idle:\d+( ql_.*)?/
> DEBUG OBJECT nosuch
-ERR no such key
> DEBUG OBJECT
-ERR unknown subcommand or wrong number of arguments for 'OBJECT'. Try DEBUG HELP.

== SET-ACTIVE-EXPIRE: without it, what has expired is removed by whoever asks
> DEBUG SET-ACTIVE-EXPIRE 0
+OK
> SET k v PX 1
+OK
wait 300
> DBSIZE
:1
> GET k
$-1
> DBSIZE
:0
> DEBUG SET-ACTIVE-EXPIRE 1
+OK
> SET k v PX 1
+OK
stat expired_keys ~+2
> DBSIZE
:0
> DEBUG SET-ACTIVE-EXPIRE x
+OK
> SET k v PX 1
+OK
wait 300
> DBSIZE
:1
> DEBUG SET-ACTIVE-EXPIRE 5
+OK
stat expired_keys ~+3
> DEBUG SET-ACTIVE-EXPIRE
-ERR unknown subcommand or wrong number of arguments for 'SET-ACTIVE-EXPIRE'. Try DEBUG HELP.

== STRINGMATCH-LEN: Redis 7.0 has none [kv]
> DEBUG STRINGMATCH-LEN 10 a*
:1
> DEBUG STRINGMATCH-LEN 10 a
:0
> DEBUG STRINGMATCH-LEN 3 a??
:1
> DEBUG STRINGMATCH-LEN 0 *
:1
> DEBUG STRINGMATCH-LEN 65536 *
:1
> DEBUG STRINGMATCH-LEN 65537 *
-ERR length must be between 0 and 65536
> DEBUG STRINGMATCH-LEN -1 *
-ERR length must be between 0 and 65536
> DEBUG STRINGMATCH-LEN x *
-ERR value is not an integer or out of range
> DEBUG STRINGMATCH-LEN 1
-ERR unknown subcommand or wrong number of arguments for 'STRINGMATCH-LEN'. Try DEBUG HELP.

== HELP and errors
> DEBUG HELP
[ any any ... ]
> DEBUG
-ERR wrong number of arguments for 'debug' command
> DEBUG NOSUCH
-ERR unknown subcommand or wrong number of arguments for 'NOSUCH'. Try DEBUG HELP.
> debug nosuch a b c
-ERR unknown subcommand or wrong number of arguments for 'nosuch'. Try DEBUG HELP.
> CONFIG GET enable-debug-command
["enable-debug-command" "local"]
> CONFIG SET enable-debug-command yes
-ERR CONFIG SET failed (possibly related to argument 'enable-debug-command') - can't set immutable config
