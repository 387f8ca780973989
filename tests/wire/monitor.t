# MONITOR: the lines, who is shown, and how it ends.

options: --enable-debug-command yes

== commands as they are executed
> MONITOR
+OK
B> PING
+PONG
B> SET k v
+OK
A:
+/\d{10}\.\d{6} \[0 127\.0\.0\.1:\d+\] "PING"/
+/\d{10}\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "k" "v"/

== bytes that are not printable
> MONITOR
+OK
B> SET "a b\"c\\" "x\n\r\t\x07\x08\x00\x01\x7f\xff'y"
+OK
A:
+/\d+\.\d+ \[0 [\d.:]+\] "SET" "a b\\"c\\\\" "x\\n\\r\\t\\a\\b\\x00\\x01\\x7f\\xff'y"/
B> ECHO ""
""
A:
+/\d+\.\d+ \[0 [\d.:]+\] "ECHO" ""/

== the database is that after the command
> MONITOR
+OK
B> SELECT 5
+OK
B> GET k
$-1
B> SELECT 0
+OK
A:
+/\S+ \[5 \S+\] "SELECT" "5"/
+/\S+ \[5 \S+\] "GET" "k"/
+/\S+ \[0 \S+\] "SELECT" "0"/

== what is not shown: refused commands, those of administrators, passwords
> MONITOR
+OK
B> NOSUCH a
-ERR unknown command 'NOSUCH', with args beginning with: 'a'\x20
B> GET
-ERR wrong number of arguments for 'get' command
B> CONFIG GET timeout
any
B> CLIENT LIST
any
B> SLOWLOG LEN
any
B> DEBUG SLEEP 0
+OK
B> LATENCY LATEST
any
B> AUTH x
-/ERR AUTH <password> called.*/
B> AUTH default secret
+OK
B> HELLO 3 AUTH default secret
any
B> LLEN k
:0
A:
+/\S+ \[0 \S+\] "AUTH" "\(redacted\)"/
+/\S+ \[0 \S+\] "AUTH" "\(redacted\)" "\(redacted\)"/
+/\S+ \[0 \S+\] "HELLO" "3" "AUTH" "\(redacted\)" "\(redacted\)"/
+/\S+ \[0 \S+\] "LLEN" "k"/

== a failed command is shown
B> SET k v
+OK
> MONITOR
+OK
B> LPUSH k a
-WRONGTYPE Operation against a key holding the wrong kind of value
A:
+/\S+ \[0 \S+\] "LPUSH" "k" "a"/
close A

== what a monitor may do itself
> MONITOR
+OK
> PING
+PONG
+/\S+ \[0 \S+\] "PING"/
> GET k
-ERR Replica can't interact with the keyspace
> SET k v
-ERR Replica can't interact with the keyspace
> DBSIZE
-ERR Replica can't interact with the keyspace
> LOLWUT
-ERR Replica can't interact with the keyspace
> CONFIG GET timeout
["timeout" any]
> CLIENT INFO
$/id=\d+ .* flags=O .*\n/
+/\S+ \[0 \S+\] "CLIENT" "INFO"/
close A
commandstats get.rejected_calls +1

== a second MONITOR has no reply
> MONITOR
+OK
> MONITOR
> ECHO x
"x"
+/\S+ \[0 \S+\] "ECHO" "x"/

== RESET ends it
> MONITOR
+OK
> RESET
+RESET
B> PING
+PONG
> GET k
$-1
> CLIENT INFO
$/id=\d+ .* flags=N .*\n/

== QUIT ends it
> MONITOR
+OK
> QUIT
+OK
closed
B> PING
+PONG

== two monitors see each other
> MONITOR
+OK
B> MONITOR
+OK
B> ECHO 1
"1"
+/\S+ \[0 \S+\] "ECHO" "1"/
A:
+/\S+ \[0 \S+\] "ECHO" "1"/
close A
B> ECHO 2
"2"
+/\S+ \[0 \S+\] "ECHO" "2"/

== a monitor that wants no replies gets no lines
> MONITOR
+OK
> CLIENT REPLY OFF
B> PING
+PONG
A> CLIENT REPLY ON
+OK
+/\S+ \[0 \S+\] "CLIENT" "REPLY" "ON"/

== a value as long as it may be
> MONITOR
+OK
B> ECHO ${x*100000}
"${x*100000}"
A:
+/\S+ \[0 \S+\] "ECHO" "x{100000}"/

== closing and killing monitors
> MONITOR
+OK
> CLIENT ID
:?id
+/\S+ \[0 \S+\] "CLIENT" "ID"/
B> CLIENT KILL ID ${id}
:1
A:
closed
B> PING
+PONG
kv| stat pool_monitors.used ~0

== who waits is shown when he begins to, and once
> MONITOR
+OK
B> BLPOP a b 0
wait 200
C> RPUSH b 1
:1
B:
["b" "1"]
B> BLMOVE a c LEFT LEFT 0.01
*-1
B> PING
+PONG
A:
+/\S+ \[0 \S+\] "BLPOP" "a" "b" "0"/
+/\S+ \[0 \S+\] "RPUSH" "b" "1"/
+/\S+ \[0 \S+\] "BLMOVE" "a" "c" "LEFT" "LEFT" "0.01"/
+/\S+ \[0 \S+\] "PING"/

== a monitor is not held back by a pause
> MONITOR
+OK
B> CLIENT PAUSE 100000
+OK
A> PING
+PONG
+/\S+ \[0 \S+\] "PING"/
> CLIENT UNPAUSE
+OK

== in a monitor's own transaction its lines are between the replies
> MONITOR
+OK
> MULTI
+OK
+/\S+ \[0 \S+\] "MULTI"/
> ECHO 1
+QUEUED
> ECHO 2
+QUEUED
# The line of the first is what a reader takes for the second element.
> EXEC
["1" any]
"2"
+/\S+ \[0 \S+\] "ECHO" "2"/
+/\S+ \[0 \S+\] "EXEC"/

== errors
> MONITOR x
-ERR wrong number of arguments for 'monitor' command
