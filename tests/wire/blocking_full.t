# As many clients wait as blocked-clients-max and blocked-keys-max say. Redis has no such limits.

only: kv
options: --blocked-clients-max 3 --blocked-keys-max 5

== one client too many
B> BLPOP a 0
C> BLPOP a b 0
D> BLMOVE c d LEFT LEFT 0
stat blocked_clients ~3
A> BLPOP e 1
-ERR no more clients can wait: blocked-clients-max (3) is reached
> BLMPOP 1 1 e LEFT
-ERR no more clients can wait: blocked-clients-max (3) is reached
> PING
+PONG
pools pool_blocked_clients.used =3
pools pool_blocked_clients.max =3
pools pool_blocked_clients.high_water =3
pools pool_blocked_clients.exhausted +2
pools pool_blocked_keys.used =4
commandstats blpop.rejected_calls +1
errorstats ERR +2
# What does not have to wait is served.
> RPUSH e 1
:1
> BLPOP e 0
["e" "1"]
# And when one has been served another may wait.
> RPUSH a 1
:1
B:
["a" "1"]
B> BLPOP e 0
stat blocked_clients ~3
A> RPUSH e 2
:1
B:
["e" "2"]
A> RPUSH b 3
:1
C:
["b" "3"]
A> RPUSH c 4
:1
D:
"4"
pools pool_blocked_clients.used =0
pools pool_blocked_keys.used =0

== one key too many
B> BLPOP a b c a a 0
stat blocked_clients ~1
A> BLPOP x y z 0.1
-ERR no more clients can wait: blocked-keys-max (5) is reached
> PING
+PONG
pools pool_blocked_keys.used =3
pools pool_blocked_keys.max =5
pools pool_blocked_keys.exhausted +1
pools pool_blocked_clients.used =1
C> BLPOP y a 0
stat blocked_clients ~2
pools pool_blocked_keys.used =5
A> BLPOP y 0
-ERR no more clients can wait: blocked-keys-max (5) is reached
# The rest of a refused one goes on.
A>> BLPOP z 0\r\nRPUSH a 1 2\r\n
-ERR no more clients can wait: blocked-keys-max (5) is reached
:2
B:
["a" "1"]
C:
["a" "2"]
A> BLPOP y z 0.01
*-1
pools pool_blocked_keys.used =0
pools pool_blocked_keys.high_water =5

== who is refused while his reply is to be skipped gets none
B> BLPOP a 0
C> BLPOP b 0
D> BLPOP c 0
stat blocked_clients ~3
A> CLIENT REPLY SKIP
> BLPOP e 0
> PING
+PONG
> CLIENT REPLY OFF
> BLPOP e 0
> CLIENT REPLY ON
+OK
> RPUSH a 1
:1
B:
["a" "1"]
A> RPUSH b 2
:1
C:
["b" "2"]
A> RPUSH c 3
:1
D:
["c" "3"]
