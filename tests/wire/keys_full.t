# No more keys than key-count.
only: kv
options: --key-count 100

== the hundred and first key
repeat 100
> SET key:${i} v
+OK
> SET one-more v
-/(OOM|ERR) .*/
> EXISTS one-more
:0
> DBSIZE
:100
> RPUSH list v
-/(OOM|ERR) .*/
> INCR counter
-/(OOM|ERR) .*/
> MSET key:0 w new v
-/(OOM|ERR) .*/
> GET key:0
"v"
> SELECT 1
+OK
> SET another-database v
-/(OOM|ERR) .*/
> SELECT 0
+OK
> SET key:5 changed
+OK
> DEL key:7
:1
> SET one-more v
+OK
> SET two-more v
-/(OOM|ERR) .*/
> MGET key:5 key:7 one-more two-more
[ "changed" $-1 "v" $-1 ]
