# MONITOR is bounded: in how many there are, and in what each may leave unread.

only: kv
options: --monitors-max 2 --monitor-memory 8192 --enable-debug-command yes

== one monitor too many
> MONITOR
+OK
B> MONITOR
+OK
C> MONITOR
-ERR max number of monitors reached (monitors-max 2)
stat pool_monitors.used =2
stat pool_monitors.max =2
stat pool_monitors.exhausted >=1
C> GET k
$-1
A:
+/\S+ \[0 \S+\] "INFO" "all"/
+/\S+ \[0 \S+\] "INFO" "pools"/
close A
B> RESET
+/\S+ \[0 \S+\] "INFO" "all"/
+/\S+ \[0 \S+\] "INFO" "pools"/
+/\S+ \[0 \S+\] "GET" "k"/
+RESET
stat pool_monitors.used ~0
C> MONITOR
+OK
stat pool_monitors.used =1
close C

== a line that is longer than a monitor may leave unread closes it, and nobody else
> MONITOR
+OK
B> MONITOR
+OK
C> SET k ${x*5000}
+OK
A:
+/\S+ \[0 \S+\] "SET" "k" "x{5000}"/
B:
+/\S+ \[0 \S+\] "SET" "k" "x{5000}"/
C> SET k ${x*9000}
+OK
A:
closed
B:
closed
C> STRLEN k
:9000
stat kv_closed_monitor +2
stat kv_closed_by_command +0
stat pool_monitors.used =0
stat pool_monitors.exhausted >=0
D> MONITOR
+OK
C> SET k ${x*100}
+OK
D:
+/\S+ \[0 \S+\] "SET" "k" "x{100}"/
close D

== escaped bytes count as they are shown
> MONITOR
+OK
C> SET k "${\x00*1000}"
+OK
C> SET k "${\x00*3000}"
+OK
A:
+/\S+ \[0 \S+\] "SET" "k" "(\\x00){1000}"/
closed
stat kv_closed_monitor +1

== monitor-memory can be changed
> CONFIG SET monitor-memory 1mb
+OK
A> MONITOR
+OK
C> SET k ${x*9000}
+OK
A:
+/\S+ \[0 \S+\] "SET" "k" "x{9000}"/
> CONFIG SET monitor-memory 8192
+OK
> CONFIG SET monitor-memory 1
-/ERR CONFIG SET failed .*argument must be between 4096 and 1073741824 inclusive/
> CONFIG SET monitors-max 100
-ERR CONFIG SET failed (possibly related to argument 'monitors-max') - can't set immutable config

== a monitor that does not read is closed
> MONITOR
+OK
abandon A
repeat 20000
C> SET k ${x*1000}
+OK
stat kv_closed_monitor ~+1
stat pool_monitors.used ~0
C> PING
+PONG
