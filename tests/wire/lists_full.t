# Changes of lists at the limits and in a full store: what is refused changes nothing.
only: kv
options: --memory 0 --store-memory 4mb --key-count 5000 --val-size-max 65536
options: --list-length-max 2000 --reply-size-max 262144 --request-size-max 262144

== a list of list-length-max elements
repeat 20
> RPUSH l ${e *99}${i}
:100..2000
> RPUSH other x y
:2
> LINSERT l BEFORE e x
-ERR list of 2001 elements exceeds list-length-max (2000)
> LMOVE other l LEFT RIGHT
-ERR list of 2001 elements exceeds list-length-max (2000)
> RPOPLPUSH other l
-ERR list of 2001 elements exceeds list-length-max (2000)
> LPUSHX l x
-ERR list of 2001 elements exceeds list-length-max (2000)
> LRANGE other 0 -1
["x" "y"]
> LLEN l
:2000
> LSET l -1 last
+OK
> LMOVE l l RIGHT LEFT
"last"
> LMOVE l other LEFT LEFT
"last"
> LINSERT l BEFORE 0 x
:2000
> LINSERT l BEFORE missing x
:-1
errorstats ERR +4

== a value longer than val-size-max
> RPUSH l a
:1
> LSET l 0 ${x*65537}
-ERR value of 65537 bytes exceeds val-size-max (65536)
> LINSERT l BEFORE a ${x*65537}
-ERR value of 65537 bytes exceeds val-size-max (65536)
> LPUSHX l ${x*65537}
-ERR value of 65537 bytes exceeds val-size-max (65536)
> LRANGE l 0 -1
["a"]
> LSET l 0 ${x*65536}
+OK
> LPOS l ${x*65536}
:0

== no key left
> RPUSH l a
:1
> RPUSH m a b
:2
fill -OOM SET key:${i} v
> LMOVE m new LEFT RIGHT
-OOM command not allowed when used memory > 'maxmemory'.
> LRANGE m 0 -1
["a" "b"]
> EXISTS new
:0
> LMOVE l new LEFT RIGHT
"a"
> EXISTS l
:0
> LRANGE new 0 -1
["a"]
> LMOVE m new LEFT RIGHT
"a"
> LMPOP 1 m LEFT
["m" ["b"]]
> RPOPLPUSH new l
"a"
errorstats OOM >=+2

== a full store
> RPUSH l a b ${c*60000} d
:4
> RPUSH m 1 2
:2
fill -OOM SET key:${i} ${v*5000}
fill -OOM SET small:${i} ${w*50}
> LSET l 0 ${x*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> LINSERT l BEFORE b ${x*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> RPUSHX l ${x*60000}
-OOM command not allowed when used memory > 'maxmemory'.
> LRANGE l 0 -1
[ "a" "b" "${c*60000}" "d" ]
> LSET l 2 ${y*60000}
+OK
> LSET l 2 ${z*40960}
+OK
> LPOS l ${z*40960}
:2
> LMOVE l l LEFT RIGHT
"a"
> LMOVE l m RIGHT LEFT
any
> LMOVE l m RIGHT LEFT
any
> LREM l 0 ${z*40960}
:1
> LINSERT l BEFORE b ${x*30000}
:2..4
> LTRIM l 0 0
+OK
> LRANGE l 0 -1
["${x*30000}"]
errorstats OOM >=+3
stat kv_store_refused >=+3

== a list until the store is full, changed all over
fill -OOM RPUSH l ${v*1500}
fill -OOM RPUSH l v
keep n n
> LSET l 0 ${w*1500}
+OK
> LSET l 100 ${w*30000}
-OOM command not allowed when used memory > 'maxmemory'.
> LINDEX l 100
"${v*1500}"
> LINDEX l 0
"${w*1500}"
> LMOVE l l LEFT RIGHT
any
> LREM l -1 ${w*1500}
:1
> LTRIM l 0 199
+OK
> LLEN l
:200
> LSET l 100 ${w*30000}
+OK
> LPOS l ${w*30000}
:100

== replies that can never fit
> RPUSH l ${a*60000} ${b*60000} ${c*60000}
:3
> RPUSH l ${d*60000} ${e*60000}
:5
> LMPOP 1 l LEFT COUNT 5
-/ERR .*reply-size-max.*262144.*/
> LMPOP 2 missing l RIGHT COUNT 100
-/ERR .*reply-size-max.*262144.*/
> LLEN l
:5
> LMPOP 1 l LEFT COUNT 2
["l" ["${a*60000}" "${b*60000}"]]
> LMOVE l l LEFT RIGHT
"${c*60000}"
stat kv_replies_too_long +2
