# With capacity guaranteed no change of a list within the limits is refused, however full the store.
only: kv
options: --capacity guaranteed --key-count 3 --key-size-max 16 --val-size-max 2000
options: --list-length-max 50

== every list full of the longest elements
repeat 10
> RPUSH ${k*16} ${a*1999}${i}
:1..10
repeat 50
> RPUSH ${l*16} ${b*1900}
:1..50
repeat 50
> RPUSH ${m*16} ${c*2000}
:1..50
> LLEN ${k*16}
:10
repeat 40
> LPUSH ${k*16} ${d*1500}${i}
:11..50
> SET another v
-OOM command not allowed when used memory > 'maxmemory'.
> SORT ${k*16} ALPHA DESC STORE ${l*16}
:50
> SORT ${l*16} ALPHA STORE ${l*16}
:50
> SORT ${m*16} BY nosort GET # STORE ${m*16}
:50
> LINDEX ${l*16} 0
"${a*1999}0"
> LINDEX ${l*16} 9
"${a*1999}9"
> COPY ${l*16} ${m*16} REPLACE
:1
repeat 60
> LMOVE ${l*16} ${l*16} LEFT RIGHT
$?x
repeat 50
> LSET ${m*16} ${i} ${e*2000}
+OK
> LREM ${m*16} 25 ${e*2000}
:25
repeat 25
> LINSERT ${m*16} AFTER ${e*2000} ${f*2000}
:26..50
> LPOS ${m*16} ${f*2000} COUNT 2 RANK -1
[:25 :24]
repeat 25
> LMOVE ${m*16} ${m*16} RIGHT LEFT
$?x
> SORT ${m*16} ALPHA STORE ${k*16}
:50
repeat 20
> LMPOP 1 ${m*16} LEFT
any
repeat 20
> LMOVE ${k*16} ${m*16} LEFT RIGHT
$?x
> LLEN ${m*16}
:50
stat kv_store_refused =1
