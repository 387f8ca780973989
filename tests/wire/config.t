# CONFIG GET, SET, RESETSTAT.

== CONFIG GET of one
> CONFIG GET maxclients
["maxclients" "10000"]
> CONFIG GET databases
["databases" "16"]
> CONFIG GET save
["save" ""]
> CONFIG GET appendonly
["appendonly" "no"]
> CONFIG GET timeout
["timeout" "0"]
> CONFIG GET maxmemory-policy
["maxmemory-policy" "noeviction"]
> CONFIG GET replica-read-only
["replica-read-only" "yes"]
> CONFIG GET nosuch
[]
> CONFIG GET TIMEOUT
["TIMEOUT" "0"]
> CONFIG GET proto-max-bulk-len
["proto-max-bulk-len" "536870912"]

== CONFIG GET of several, and by pattern
> CONFIG GET timeout databases
[ $/timeout|databases/ any $/timeout|databases/ any ]
> CONFIG GET time?ut
["timeout" "0"]
> CONFIG GET t[ij]meou*
["timeout" "0"]
> CONFIG GET timeout timeout
["timeout" "0"]
> CONFIG GET no*such
[]
> CONFIG GET *
[ any any any any any any ... ]
> CONFIG GET
-ERR wrong number of arguments for 'config|get' command

== CONFIG GET in RESP3 [resp3]
> CONFIG GET timeout
{"timeout" "0"}
> CONFIG GET nosuch
{}

== CONFIG GET of kv's own [kv]
> CONFIG GET key-count
["key-count" $/\d+/]
> CONFIG GET connections-max
["connections-max" "10000"]
> CONFIG GET maxclients
["maxclients" "10000"]
> CONFIG GET capacity
["capacity" "shared"]
> CONFIG GET val-size-max
["val-size-max" "1048576"]
> CONFIG GET memory
["memory" $/\d+/]
> CONFIG GET protected-mode
["protected-mode" "yes"]
> CONFIG GET reply-timeout
["reply-timeout" "60"]
> CONFIG GET loglevel
["loglevel" "notice"]
> CONFIG GET logfile
["logfile" ""]

== CONFIG SET
> CONFIG SET timeout 100
+OK
> CONFIG GET timeout
["timeout" "100"]
> CONFIG SET TIMEOUT 0
+OK
> CONFIG GET timeout
["timeout" "0"]
> CONFIG SET loglevel verbose
+OK
> CONFIG GET loglevel
["loglevel" "verbose"]
> CONFIG SET loglevel notice
+OK
> CONFIG SET timeout 5 loglevel warning
+OK
> CONFIG GET timeout
["timeout" "5"]
> CONFIG GET loglevel
["loglevel" "warning"]
> CONFIG SET timeout 0 loglevel notice
+OK
> CONFIG SET proto-max-bulk-len 1mb
+OK
> CONFIG GET proto-max-bulk-len
["proto-max-bulk-len" "1048576"]
> CONFIG SET proto-max-bulk-len 512mb
+OK
> CONFIG GET proto-max-bulk-len
["proto-max-bulk-len" "536870912"]
> CONFIG SET protected-mode no
+OK
> CONFIG GET protected-mode
["protected-mode" "no"]
> CONFIG SET protected-mode yes
+OK

== CONFIG SET refused
> CONFIG SET nosuch 1
-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'
> CONFIG SET timeout abc
-ERR CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be parsed into an integer
> CONFIG SET timeout -1
-/ERR CONFIG SET failed \(possibly related to argument 'timeout'\) - argument must be between 0 and \d+ inclusive/
> CONFIG SET loglevel wrong
-ERR CONFIG SET failed (possibly related to argument 'loglevel') - argument(s) must be one of the following: debug, verbose, notice, warning
> CONFIG SET protected-mode maybe
-ERR CONFIG SET failed (possibly related to argument 'protected-mode') - argument must be 'yes' or 'no'
> CONFIG SET databases 4
-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config
> CONFIG SET timeout 1 timeout 2
-ERR CONFIG SET failed (possibly related to argument 'timeout') - duplicate parameter
> CONFIG SET timeout
-ERR wrong number of arguments for 'config|set' command
> CONFIG SET
-ERR wrong number of arguments for 'config|set' command
> CONFIG SET timeout 1 loglevel
-ERR syntax error
> CONFIG GET timeout
["timeout" "0"]

== CONFIG SET of several changes all or nothing
> CONFIG SET timeout 77 loglevel wrong
-/ERR CONFIG SET failed .*loglevel.*/
> CONFIG GET timeout
["timeout" "0"]
> CONFIG SET timeout wrong nosuch 1
-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'
> CONFIG SET timeout wrong databases 4
-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config
> CONFIG SET loglevel wrong timeout 1 loglevel wrong
-ERR CONFIG SET failed (possibly related to argument 'loglevel') - duplicate parameter
> CONFIG SET timeout 77 nosuch 1
-/ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'/
> CONFIG GET timeout
["timeout" "0"]

== CONFIG SET of what is fixed once the memory is reserved [kv]
> CONFIG SET connections-max 5
-/ERR CONFIG SET failed \(possibly related to argument 'connections-max'\) - .*/
> CONFIG SET memory 1gb
-/ERR CONFIG SET failed \(possibly related to argument 'memory'\) - .*/
> CONFIG SET val-size-max 10
-/ERR CONFIG SET failed \(possibly related to argument 'val-size-max'\) - .*/
> CONFIG SET key-count 10
-/ERR CONFIG SET failed \(possibly related to argument 'key-count'\) - .*/
> CONFIG SET maxclients 5
-/ERR CONFIG SET failed \(possibly related to argument '(maxclients|connections-max)'\) - .*/
> CONFIG SET port 5
-/ERR CONFIG SET failed \(possibly related to argument 'port'\) - .*/
> CONFIG SET save ""
any
> CONFIG SET appendonly yes
-/ERR CONFIG SET failed \(possibly related to argument 'appendonly'\) - .*/
> CONFIG SET request-timeout 0
-/ERR CONFIG SET failed \(possibly related to argument 'request-timeout'\) - .*/
> CONFIG SET request-timeout 5
+OK
> CONFIG GET request-timeout
["request-timeout" "5"]
> CONFIG SET request-timeout 30
+OK
> CONFIG GET val-size-max
["val-size-max" "1048576"]
> PING
+PONG

== CONFIG RESETSTAT
> SET k v
+OK
> GET k
"v"
> GET missing
$-1
> NOSUCH
-ERR unknown command 'NOSUCH', with args beginning with:\x20
> CONFIG RESETSTAT
+OK
stat keyspace_hits =0
stat keyspace_misses =0
stat cmdstat_get.calls =0
stat errorstat_ERR.count =0
stat total_error_replies =0
> GET k
"v"
stat keyspace_hits =1
stat cmdstat_get.calls =1
> CONFIG RESETSTAT x
-ERR wrong number of arguments for 'config|resetstat' command

== CONFIG, unknown subcommands
> CONFIG
-ERR wrong number of arguments for 'config' command
> CONFIG NOSUCH
-ERR unknown subcommand 'NOSUCH'. Try CONFIG HELP.
> CONFIG NOSUCH a b
-ERR unknown subcommand 'NOSUCH'. Try CONFIG HELP.
> config get nosuch
[]
