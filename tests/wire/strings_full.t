# A full store refuses what would make strings longer, changes nothing, and serves what needs no room.
only: kv
options: --memory 0 --store-memory 4mb --key-count 20000 --val-size-max 65536

== strings until the store is full
> SET bits ${b*5000}
+OK
> SET number 12
+OK
fill -OOM SET key:${i} ${v*1000}
keep full n
> SETRANGE key:0 60000 x
-OOM command not allowed when used memory > 'maxmemory'.
> SETRANGE new 60000 x
-OOM command not allowed when used memory > 'maxmemory'.
> SETBIT key:0 480000 1
-OOM command not allowed when used memory > 'maxmemory'.
> SETBIT new 480000 1
-OOM command not allowed when used memory > 'maxmemory'.
> BITFIELD key:0 SET u8 480000 1 GET u8 0
-OOM command not allowed when used memory > 'maxmemory'.
> BITFIELD new OVERFLOW FAIL INCRBY u8 480000 1000
-OOM command not allowed when used memory > 'maxmemory'.
> BITOP NOT bits bits
-OOM command not allowed when used memory > 'maxmemory'.
> BITOP OR new bits
-OOM command not allowed when used memory > 'maxmemory'.
> GETSET key:0 ${w*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> SETEX key:0 100 ${w*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> PSETEX key:0 100 ${w*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> SETNX new ${w*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> MSETNX new v more ${w*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> INCRBYFLOAT new 1e4900
-OOM command not allowed when used memory > 'maxmemory'.
> INCRBYFLOAT number 1e4900
-OOM command not allowed when used memory > 'maxmemory'.
> EXISTS new more
:0
> GET key:0
"${v*1000}"
> TTL key:0
:-1
> GET number
"12"
> GET bits
"${b*5000}"
errorstats OOM >=+15
stat kv_store_refused >=+15

== what needs no room goes on
> SET bits ${b*5000}
+OK
fill -OOM SET key:${i} ${v*1000}
> SETRANGE key:0 10 abc
:1000
> SETBIT key:0 7 1
:0
> BITFIELD key:0 SET u8 8 65 INCRBY u8 8 1
[ :118 :66 ]
> GETRANGE key:0 0 15
"wBvvvvvvvvabcvvv"
> SETRANGE bits 4090 ${c*20}
:5000
> GETRANGE bits 4088 4112
"bb${c*20}bbb"
> BITCOUNT bits 0 0
:3
> GETSET key:1 ${w*1000}
"${v*1000}"
> GETEX key:1
"${w*1000}"
> GETEX key:1 PERSIST
"${w*1000}"
> LCS key:1 key:2 LEN
:0
> BITOP AND key:3 missing
:0
> EXISTS key:3
:0
> GETDEL key:4
"${v*1000}"
> BITOP NOT key:5 key:5
:1000
> GETDEL bits
"${b*2}${b*4088}${c*20}${b*890}"
