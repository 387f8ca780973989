# maxmemory-policy: what a full store does, and what OBJECT tells of the use of keys.
kv-options: --memory 0 --store-memory 4mb --key-count 20000 --val-size-max 262144
redis-options: --maxmemory 4mb

== the policies by name
> CONFIG GET maxmemory-policy
["maxmemory-policy" "noeviction"]
> CONFIG SET maxmemory-policy volatile-lru
+OK
> CONFIG SET maxmemory-policy volatile-lfu
+OK
> CONFIG SET maxmemory-policy volatile-random
+OK
> CONFIG SET maxmemory-policy volatile-ttl
+OK
> CONFIG SET maxmemory-policy allkeys-lru
+OK
> CONFIG SET maxmemory-policy allkeys-lfu
+OK
> CONFIG SET maxmemory-policy ALLKEYS-RANDOM
+OK
> CONFIG GET maxmemory-policy
["maxmemory-policy" "allkeys-random"]
> INFO memory
$/.*maxmemory_policy:allkeys-random\r\n.*/
> CONFIG SET maxmemory-policy lru
-ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction
> CONFIG GET maxmemory-policy
["maxmemory-policy" "allkeys-random"]
> CONFIG SET maxmemory-policy noeviction
+OK
> INFO memory
$/.*maxmemory_policy:noeviction\r\n.*/

== what goes with the policies
> CONFIG GET maxmemory-samples
["maxmemory-samples" "5"]
> CONFIG GET lfu-log-factor
["lfu-log-factor" "10"]
> CONFIG GET lfu-decay-time
["lfu-decay-time" "1"]
> CONFIG GET maxmemory-eviction-tenacity
["maxmemory-eviction-tenacity" "10"]
> CONFIG SET maxmemory-samples 0
-ERR CONFIG SET failed (possibly related to argument 'maxmemory-samples') - argument must be between 1 and 2147483647 inclusive
> CONFIG SET maxmemory-samples ten
-ERR CONFIG SET failed (possibly related to argument 'maxmemory-samples') - argument couldn't be parsed into an integer
> CONFIG SET lfu-log-factor -1
-ERR CONFIG SET failed (possibly related to argument 'lfu-log-factor') - argument must be between 0 and 2147483647 inclusive
> CONFIG SET lfu-decay-time 2147483648
-ERR CONFIG SET failed (possibly related to argument 'lfu-decay-time') - argument must be between 0 and 2147483647 inclusive
> CONFIG SET maxmemory-samples 100 lfu-log-factor 0 lfu-decay-time 0
+OK
> CONFIG GET lfu-decay-time
["lfu-decay-time" "0"]
> CONFIG SET maxmemory-samples 5 lfu-log-factor 10 lfu-decay-time 1 maxmemory-eviction-tenacity 10
+OK

== OBJECT IDLETIME
> SET key value
+OK
> OBJECT IDLETIME key
:0..60
> OBJECT IDLETIME nosuch
$-1
> OBJECT FREQ key
-ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.
> OBJECT FREQ nosuch
$-1
> OBJECT IDLETIME
-ERR wrong number of arguments for 'object|idletime' command
> OBJECT IDLETIME key key
-ERR wrong number of arguments for 'object|idletime' command
> RPUSH list a
:1
> OBJECT idletime list
:0..60
> COMMAND GETKEYS OBJECT IDLETIME key
["key"]
> COMMAND GETKEYS OBJECT FREQ key
["key"]

== OBJECT IDLETIME and FREQ in RESP3 [resp3]
> OBJECT IDLETIME nosuch
_
> OBJECT FREQ nosuch
_

== OBJECT FREQ
> CONFIG SET maxmemory-policy allkeys-lfu lfu-decay-time 0
+OK
> SET key value
+OK
> OBJECT FREQ key
:5
> OBJECT FREQ key
:5
> GET key
"value"
> OBJECT FREQ key
:6
> TTL key
:-1
> TYPE key
+string
> EXISTS key
:1
> OBJECT FREQ key
:6
> OBJECT IDLETIME key
-ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.
> OBJECT IDLETIME nosuch
$-1
> CONFIG SET lfu-log-factor 0
+OK
> SET key another
+OK
> OBJECT FREQ key
:7
> SET key another XX
+OK
> OBJECT FREQ key
:8
> SET key another NX
$-1
> OBJECT FREQ key
:9
> SET key another GET
"another"
> OBJECT FREQ key
:11
> APPEND key more
:11
> OBJECT FREQ key
:12
> MSET key value other value
+OK
> OBJECT FREQ key
:13
> OBJECT FREQ other
:5
> EXPIRE key 1000
:1
> PERSIST key
:1
> STRLEN key
:5
> MGET key key
["value" "value"]
> OBJECT FREQ key
:18
> RPUSH list a b c
:3
> OBJECT FREQ list
:5
> LRANGE list 0 0
["a"]
> LLEN list
:3
> LPUSH list z
:4
> LPOP list
"z"
> OBJECT FREQ list
:9
repeat 300
> GET key
"value"
> OBJECT FREQ key
:255
> GET key
"value"
> OBJECT FREQ key
:255
> CONFIG SET maxmemory-policy noeviction lfu-log-factor 10 lfu-decay-time 1
+OK

== noeviction refuses
fill -OOM SET key:${i} ${v*1000}
stat evicted_keys +0
> GET key:0
"${v*1000}"
> EXISTS key:${n}
:0

== allkeys-lru makes room for whatever comes
> CONFIG SET maxmemory-policy allkeys-lru
+OK
repeat 6000
> SET key:${i} ${v*1000}
+OK
stat evicted_keys >=+1500
> SET long ${w*200000}
+OK
> STRLEN long
:200000
> GET long
"${w*200000}"
> RPUSH list ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*1000}
:8
> LLEN list
:8
> MSET a ${a*10000} b ${b*10000} c ${c*10000} d ${d*10000} e ${e*10000} f ${f*10000} g ${g*10000}
+OK
> EXISTS a b c d e f g
:7
> GET d
"${d*10000}"
> CONFIG SET maxmemory-policy noeviction
+OK

== allkeys-lfu and allkeys-random
> CONFIG SET maxmemory-policy allkeys-lfu
+OK
repeat 6000
> SET key:${i} ${v*1000}
+OK
stat evicted_keys >=+1500
> FLUSHALL
+OK
> CONFIG SET maxmemory-policy allkeys-random
+OK
mark
repeat 6000
> SET key:${i} ${v*1000}
+OK
stat evicted_keys >=+1500
> CONFIG SET maxmemory-policy noeviction
+OK

== the volatile ones leave keys without a deadline alone
repeat 500
> SET stays:${i} ${v*1000}
+OK
> CONFIG SET maxmemory-policy volatile-lru
+OK
repeat 5000
> SET key:${i} ${v*1000} EX 10000
+OK
stat evicted_keys >=+1000
> CONFIG SET maxmemory-policy volatile-lfu
+OK
mark
repeat 2000
> SET lfu:${i} ${v*1000} EX 10000
+OK
stat evicted_keys >=+1000
> CONFIG SET maxmemory-policy volatile-random
+OK
mark
repeat 2000
> SET random:${i} ${v*1000} EX 10000
+OK
stat evicted_keys >=+1000
> CONFIG SET maxmemory-policy volatile-ttl
+OK
mark
repeat 2000
> SET ttl:${i} ${v*1000} EX 20000
+OK
stat evicted_keys >=+1000
repeat 500
> STRLEN stays:${i}
:1000
> CONFIG SET maxmemory-policy noeviction
+OK

== the volatile ones refuse when no key has a deadline
> CONFIG SET maxmemory-policy volatile-lru
+OK
fill -OOM SET key:${i} ${v*1000}
stat evicted_keys +0
> CONFIG SET maxmemory-policy volatile-ttl
+OK
> SET more ${v*1000}
-OOM command not allowed when used memory > 'maxmemory'.
> CONFIG SET maxmemory-policy volatile-random
+OK
> SET more ${v*1000} EX 1000
-OOM command not allowed when used memory > 'maxmemory'.
> EXISTS more
:0
> EXISTS key:0
:1
> CONFIG SET maxmemory-policy allkeys-random
+OK
> SET more ${v*1000} EX 1000
+OK
> EXISTS more
:1
stat evicted_keys >=+1
> CONFIG SET maxmemory-policy noeviction
+OK

== a transaction fails when a key that it watches is evicted
> SET watched value EX 1000
+OK
> CONFIG SET maxmemory-policy volatile-lru
+OK
> WATCH watched
+OK
fill -OOM SET key:${i} ${v*1000}
> EXISTS watched
:0
> CONFIG SET maxmemory-policy allkeys-random
+OK
> MULTI
+OK
> PING
+QUEUED
> EXEC
*-1
> CONFIG SET maxmemory-policy noeviction
+OK
