# The limits of transactions: an error names the option, nothing is changed, EXEC refuses.
only: kv
options: --connections-max 20 --key-count 1000 --key-size-max 64 --val-size-max 30000
options: --list-length-max 1000 --reply-size-max 262144 --request-size-max 65536
options: --transaction-memory 80000 --watched-keys-max 5

== more queued than one request may have
> MULTI
+OK
> SET a ${x*30000}
+QUEUED
> SET b ${x*30000}
+QUEUED
> SET c ${x*6000}
-ERR transaction exceeds request-size-max (65536)
> PING
+QUEUED
pools pool_transaction_chunks.used =0
> EXEC
-EXECABORT Transaction discarded because of previous errors.
> EXISTS a b c
:0
commandstats set.rejected_calls +1
errorstats EXECABORT +1
> MULTI
+OK
> SET a ${x*30000}
+QUEUED
> EXEC
[ +OK ]

== more queued than transaction-memory has
> MULTI
+OK
> SET a ${x*30000}
+QUEUED
> SET b ${x*30000}
+QUEUED
B> MULTI
+OK
B> SET c 1
+QUEUED
B> SET d ${x*20000}
-ERR transaction-memory (79872) is exhausted by queued requests
pools pool_transaction_chunks.exhausted +1
B> SET e 1
+QUEUED
B> EXEC
-EXECABORT Transaction discarded because of previous errors.
B> EXISTS c d e
:0
C> MULTI
+OK
C> SET f 1
+QUEUED
C> EXEC
[ +OK ]
A> EXEC
[ +OK +OK ]
pools pool_transaction_chunks.used =0
B> MULTI
+OK
B> SET d ${x*20000}
+QUEUED
B> EXEC
[ +OK ]

== a small transaction has a place whatever the large ones hold
> MULTI
+OK
> SET a ${x*30000}
+QUEUED
> SET b ${x*30000}
+QUEUED
B> MULTI
+OK
B> SET a ${x*100}
+QUEUED
C> MULTI
+OK
C> SET a ${x*100}
+QUEUED
D> MULTI
+OK
D> SET a ${x*100}
+QUEUED
D> EXEC
[ +OK ]
C> EXEC
[ +OK ]
B> EXEC
[ +OK ]
A> DISCARD
+OK
> STRLEN a
:100
pools pool_transaction_chunks.used =0

== limits that are met while the queue grows
> MULTI
+OK
> SET ${k*65} 1
-ERR key of 65 bytes exceeds key-size-max (64)
> EXEC
-EXECABORT Transaction discarded because of previous errors.
> MULTI
+OK
> SET a ${x*30001}
-ERR value of 30001 bytes exceeds val-size-max (30000)
> EXEC
-EXECABORT Transaction discarded because of previous errors.
> MULTI
+OK
> RESTORE a 0 ${x*30001}
-ERR value of 30001 bytes exceeds val-size-max (30000)
> EXEC
-EXECABORT Transaction discarded because of previous errors.
> MULTI
+OK
> SET a ${x*70000}
-/ERR value of 70000 bytes exceeds val-size-max \(30000\)/
> EXEC
-EXECABORT Transaction discarded because of previous errors.
> EXISTS a
:0

== replies that may not fit
> SET a ${x*30000}
+OK
> MULTI
+OK
> INCR n
+QUEUED
repeat 8
> GET a
+QUEUED
> EXEC
[ :1 ... ]
> MULTI
+OK
> INCR n
+QUEUED
repeat 9
> GET a
+QUEUED
> EXEC
-EXECABORT Transaction discarded because of: its replies may exceed reply-size-max (262144)
> GET n
"1"
> EXEC
-ERR EXEC without MULTI
pools pool_transaction_chunks.used =0
stat kv_replies_too_long +1

== replies of what the transaction itself puts there
> MULTI
+OK
> SET a ${x*30000}
+QUEUED
repeat 9
> GET a
+QUEUED
> EXEC
-EXECABORT Transaction discarded because of: its replies may exceed reply-size-max (262144)
> EXISTS a
:0
> MULTI
+OK
> SET a ${x*20000}
+QUEUED
repeat 9
> APPEND a x
+QUEUED
repeat 9
> GET a
+QUEUED
> EXEC
[ +OK :20001 ... ]
> STRLEN a
:20009

== all watched keys are taken
> WATCH a b c
+OK
B> WATCH a d
+OK
pools pool_watched_keys.used =5
B> WATCH a d a d
+OK
C> WATCH e
-ERR watched-keys-max (5) keys are watched
C> MULTI
+OK
C> EXEC
[ ]
pools pool_watched_keys.exhausted +1
pools pool_watched_keys.used =5
B> UNWATCH
+OK
C> WATCH e f
+OK
C> WATCH g
-ERR watched-keys-max (5) keys are watched
C> WATCH e f g
-ERR watched-keys-max (5) keys are watched
B> SET e 1
+OK
C> MULTI
+OK
C> EXEC
*-1
pools pool_watched_keys.used =3
A> MULTI
+OK
> EXEC
[ ]
pools pool_watched_keys.used =0
pools pool_watched_keys.high_water =5

== WATCH that is refused keeps what was watched before
> WATCH a b
+OK
> WATCH c d e f
-ERR watched-keys-max (5) keys are watched
pools pool_watched_keys.used =2
B> SET c 1
+OK
A> MULTI
+OK
> EXEC
[ ]
> WATCH a b
+OK
> WATCH c d e f
-ERR watched-keys-max (5) keys are watched
B> SET b 1
+OK
A> MULTI
+OK
> EXEC
*-1

