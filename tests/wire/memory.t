# MEMORY STATS, DOCTOR, MALLOC-STATS and PURGE; LOLWUT.

== STATS
> SET k v
+OK
> MEMORY STATS
[ "peak.allocated" :1..1000000000 "total.allocated" :1..1000000000 "startup.allocated" any
  "replication.backlog" :0 "clients.slaves" :0 "clients.normal" any "cluster.links" :0
  "aof.buffer" :0 "lua.caches" :0 "functions.caches" any
  "db.0" [ "overhead.hashtable.main" :1..1000 "overhead.hashtable.expires" any
  "overhead.hashtable.slot-to-keys" :0 ]
  "overhead.total" any "keys.count" :1 "keys.bytes-per-key" any "dataset.bytes" any
  "dataset.percentage" any "peak.percentage" any "allocator.allocated" any
  "allocator.active" any "allocator.resident" any "allocator-fragmentation.ratio" any
  "allocator-fragmentation.bytes" any "allocator-rss.ratio" any "allocator-rss.bytes" any
  "rss-overhead.ratio" any "rss-overhead.bytes" any "fragmentation" any "fragmentation.bytes" any
  ... ]

== STATS in RESP3, databases without keys are left out [resp3]
> SELECT 3
+OK
> RPUSH l a b
:2
> MEMORY STATS
{ "peak.allocated" any any any any any any any any any any any any any any any any any any any
  "db.3" { "overhead.hashtable.main" any "overhead.hashtable.expires" any
  "overhead.hashtable.slot-to-keys" :0 }
  "overhead.total" any "keys.count" :1 "keys.bytes-per-key" any "dataset.bytes" any
  "dataset.percentage" any ... }

== STATS is exact [kv]
stat pool_keys.used ~0
> MEMORY STATS
[ any any "total.allocated" :0 any any any any any any any any any any any any any any any any "overhead.total" :0
  "keys.count" :0 "keys.bytes-per-key" :0 "dataset.bytes" :0 "dataset.percentage" "0" any any
  "allocator.allocated" :0 "allocator.active" :0 ... ]
> SET a b
+OK
> SET b c
+OK
> SELECT 9
+OK
> SET a b
+OK
> MEMORY STATS
[ any any "total.allocated" any any any any any any any any any any any any any any any any any
  "db.0" ["overhead.hashtable.main" :16 any :0 any :0] "db.9" ["overhead.hashtable.main" :8 any :0 any :0]
  "overhead.total" :24 "keys.count" :3 ... ]

== DOCTOR, MALLOC-STATS, PURGE
> MEMORY DOCTOR
$/(?s).+\n/
> MEMORY MALLOC-STATS
$/(?s).+/
> MEMORY PURGE
+OK

== DOCTOR names the limits that were met [kv]
> MEMORY DOCTOR
"No limit was met or nearly met since the start, and no write was refused. The memory that is reserved is what it will stay.\n"

== verbatim in RESP3 [resp3]
> MEMORY DOCTOR
=txt/(?s).+\n/
> LOLWUT
=txt/(?s).*ver\. .*\n/

== LOLWUT
> LOLWUT
kv| $/([ #]{63}\n){24}\nRule +\d+ of 256, from one cell\. kv ver\. \S+\n/
redis| $/Redis ver\. .*\n/
> LOLWUT VERSION 7
$/(?s).*ver\. .*\n/
> LOLWUT VERSION
$/(?s).*ver\. .*\n/
> LOLWUT 1 2 3
$/(?s).*ver\. .*\n/
> LOLWUT VERSION x
-ERR value is not an integer or out of range
> lolwut version 99999999999999999999
-ERR value is not an integer or out of range

== errors
> MEMORY
-ERR wrong number of arguments for 'memory' command
> MEMORY NOSUCH
-ERR unknown subcommand 'NOSUCH'. Try MEMORY HELP.
> MEMORY STATS x
-ERR wrong number of arguments for 'memory|stats' command
> MEMORY DOCTOR x
-ERR wrong number of arguments for 'memory|doctor' command
> MEMORY MALLOC-STATS x
-ERR wrong number of arguments for 'memory|malloc-stats' command
> MEMORY PURGE x
-ERR wrong number of arguments for 'memory|purge' command
> MEMORY HELP
[ any any ... ]
