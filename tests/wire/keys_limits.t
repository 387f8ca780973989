# What the limits refuse of RENAME, COPY, KEYS, DUMP and RESTORE, and what a full store does.
only: kv
options: --memory 0 --store-memory 4mb --dump-memory 64kb --key-count 20000 --reply-size-max 262144 --val-size-max 200000
options: --request-size-max 1mb --list-length-max 1000

== a full store
> SET copied ${x*50000}
+OK
> RPUSH list ${y*3000} ${z*3000}
:2
fill -OOM SET fill:${i} ${f*3000}
> COPY copied copy
-OOM command not allowed when used memory > 'maxmemory'.
> EXISTS copy
:0
> COPY copied fill:1 REPLACE
-OOM command not allowed when used memory > 'maxmemory'.
> GET fill:1
"${f*3000}"
> RENAME copied renamed
+OK
> STRLEN renamed
:50000
> RENAME renamed fill:1
+OK
> STRLEN fill:1
:50000
> EXISTS renamed
:0
> MOVE fill:1 5
:1
> SELECT 5
+OK
> STRLEN fill:1
:50000
> SWAPDB 0 5
+OK
> EXISTS fill:2
:1
> DEL fill:2 fill:3 fill:4 fill:5 fill:6 fill:7 fill:8 fill:9 fill:10 fill:11 fill:12 fill:13
:12
> COPY list copy
:1
> LRANGE copy 0 -1
[ "${y*3000}" "${z*3000}" ]
errorstats OOM >=+3

== more keys than a reply takes
repeat 3000
> SET key:${i}:${k*100} v
+OK
> KEYS *
-ERR reply exceeds reply-size-max (262144)
> KEYS key:1??:*
[ ... ]
> KEYS nothing
[]
> PING
+PONG

== longer dumps than a reply takes
> RPUSH list ${v*100000} ${w*100000} ${x*100000}
:3
# Elements that do not fit twice into dump-memory are not compressed.
> DUMP list
-ERR reply exceeds reply-size-max (262144)
> LPOP list
"${v*100000}"
> DUMP list
$/[\s\S]{200040,200070}/
pools pool_dump_bytes.exhausted +2
> SET k ${v*30000}
+OK
> DUMP k
$/[\s\S]{300,500}/
pools pool_dump_bytes.high_water >=60000
pools pool_dump_bytes.used =0

== a key that is too long
> SET k v
+OK
> RENAME k ${x*1025}
-ERR key of 1025 bytes exceeds key-size-max (1024)
> COPY k ${x*1025}
-ERR key of 1025 bytes exceeds key-size-max (1024)
> RESTORE ${x*1025} 0 x
-ERR key of 1025 bytes exceeds key-size-max (1024)
> RENAME k ${x*1024}
+OK
> STRLEN ${x*1024}
:1
