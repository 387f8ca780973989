# A full store refuses writes, changes nothing, and serves everything else.
only: kv
options: --memory 0 --store-memory 4mb --key-count 20000 --val-size-max 65536

== strings until the store is full
fill -OOM SET key:${i} ${v*1000}
keep full n
> DBSIZE
:${n}
> SET another ${v*1000}
-OOM command not allowed when used memory > 'maxmemory'.
> EXISTS another
:0
> GET key:0
"${v*1000}"
> SET key:0 ${w*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> GET key:0
"${v*1000}"
> SET key:0 ${w*60000} GET
-OOM command not allowed when used memory > 'maxmemory'.
> APPEND key:1 ${w*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> STRLEN key:1
:1000
> MSET key:2 small a ${w*60000} b c
-OOM command not allowed when used memory > 'maxmemory'.
> GET key:2
"${v*1000}"
> EXISTS a b
:0
> TTL key:0
:-1
> EXPIRE key:0 1000
:1
> PERSIST key:0
:1
errorstats OOM >=+5
stat kv_store_refused >=+5
> DEL key:3 key:4
:2
> SET key:3 ${v*1000}
+OK
> FLUSHALL
+OK
fill -OOM SET key:${i} ${v*1000}
> DBSIZE
:${full}

== the last element of a long push
> RPUSH before a b
:2
fill -OOM SET key:${i} ${v*1000}
> DEL key:0 key:1 key:2 key:3 key:4 key:5 key:6 key:7
:8
> RPUSH before ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> LRANGE before 0 -1
[ "a" "b" ]
> LPUSH before ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> LRANGE before 0 -1
[ "a" "b" ]
> RPUSH new ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*1000} ${x*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> EXISTS new
:0
> RPUSH before ${x*1000} ${x*1000}
:4
> LRANGE before 0 -1
[ "a" "b" "${x*1000}" "${x*1000}" ]

== one list until the store is full
fill -OOM RPUSH l element-${i}-${v*100}
keep full n
> LLEN l
:${full}
> LINDEX l -1
$/element-\d+-v{100}/
> LPUSH l ${w*10000}
-OOM command not allowed when used memory > 'maxmemory'.
> LLEN l
:${full}
> LINDEX l 0
"element-0-${v*100}"
> LPOP l
"element-0-${v*100}"
> DEL l
:1
> EXISTS l
:0
fill -OOM RPUSH l element-${i}-${v*100}
> LLEN l
:${full}

== long values until the store is full
fill -OOM SET key:${i} ${v*65536}
keep full n
> STRLEN key:0
:65536
> SET one-more ${v*65536}
-OOM command not allowed when used memory > 'maxmemory'.
> EXISTS one-more
:0
> SET key:0 ${w*65536}
any
> STRLEN key:0
:65536
> DEL key:1
:1
> SET one-more ${w*65536}
+OK
> GET one-more
"${w*65536}"

== reads and deletes while full
fill -OOM SET key:${i} ${v*500}
> GET key:1
"${v*500}"
> MGET key:1 key:2
[ "${v*500}" "${v*500}" ]
scan COUNT 1000 MATCH key:1
[ "key:1" ]
> TYPE key:1
+string
> DEL key:1
:1
> FLUSHDB
+OK
> SET k v
+OK
