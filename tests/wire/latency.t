# LATENCY: kinds of work that held up the server, and how long commands take.

options: --enable-debug-command yes

== nothing is noted without a threshold
> LATENCY RESET
:0..10
> DEBUG SLEEP 0.002
+OK
> LATENCY LATEST
[]
> LATENCY HISTORY command
[]
> LATENCY GRAPH command
-ERR No samples available for event 'command'
> LATENCY DOCTOR
kv| $/Nothing is noted, .*CONFIG SET latency-monitor-threshold 10\n/
redis| $/(?s)I'm sorry, Dave.*/

== samples
> CONFIG SET latency-monitor-threshold 1
+OK
> LATENCY RESET
:0..10
> LATENCY DOCTOR
kv| $/Nothing has held up .*\n/
redis| $/(?s)Dave, no latency spike.*/
> DEBUG SLEEP 0.02
+OK
> LATENCY LATEST
[ ["command" :?when :20..100000 :20..100000] ]
> LATENCY HISTORY command
[ [:${when} :20..100000] ]
> LATENCY HISTORY COMMAND
[]
> LATENCY HISTORY fast-command
[]
> LATENCY GRAPH command
$/command - high \d+ ms, low \d+ ms \(all time high \d+ ms\)\n-{80}\n \n \n \n_\n \n\d+\ns\n(\d\n)?/
> LATENCY DOCTOR
kv| $/(?s)The server was held up:\n\ncommand: 1 times \(mean \d+ ms.*/
redis| $/(?s)Dave, I have observed latency spikes.*/
> LATENCY RESET nosuch
:0
> LATENCY RESET fast-command
:0
> LATENCY RESET nosuch command command
:1
> LATENCY LATEST
[]
> LATENCY RESET
:0
> CONFIG SET latency-monitor-threshold 0
+OK

== the longest of a second, and the longest of all
> CONFIG SET latency-monitor-threshold 1
+OK
> DEBUG SLEEP 0.03
+OK
> DEBUG SLEEP 0.01
+OK
> LATENCY LATEST
[ ["command" any :10..100000 :30..100000] ]
> LATENCY RESET command
:1
> CONFIG SET latency-monitor-threshold 100000
+OK
> DEBUG SLEEP 0.01
+OK
> LATENCY LATEST
[]
> CONFIG SET latency-monitor-threshold 0
+OK

== HISTOGRAM
> CONFIG RESETSTAT
+OK
> PING
+PONG
> PING
+PONG
> CONFIG GET timeout
any
> LATENCY HISTOGRAM ping
[ "ping" ["calls" :2 "histogram_usec" [any ... ] ] ]
> LATENCY HISTOGRAM PING nosuch get
[ "ping" ["calls" :2 "histogram_usec" [any ... ] ] ]
> LATENCY HISTOGRAM config|get
[ "config|get" ["calls" :1 "histogram_usec" [any :1] ] ]
> LATENCY HISTOGRAM config
[ any ["calls" any "histogram_usec" any] any ["calls" any "histogram_usec" any] ]
> LATENCY HISTOGRAM nosuch
[]
> LATENCY HISTOGRAM
[ any ["calls" any "histogram_usec" any] any ["calls" any "histogram_usec" any] ... ]

== HISTOGRAM in RESP3 [resp3]
> CONFIG RESETSTAT
+OK
> SET k v
+OK
> LATENCY HISTOGRAM set
{ "set" {"calls" :1 "histogram_usec" { any :1 } } }
> LATENCY HISTOGRAM nosuch
{}
> LATENCY DOCTOR
=txt/(?s).*/

== HISTOGRAM counts what is below rising powers of two [kv]
> CONFIG RESETSTAT
+OK
> DEBUG SLEEP 0.003
+OK
> LATENCY HISTOGRAM debug
[ "debug" ["calls" :1 "histogram_usec" [any :1] ] ]
> DEBUG SLEEP 1.1
+OK
> LATENCY HISTOGRAM debug
[ "debug" ["calls" :2 "histogram_usec" [any :1 :1048576 :2] ] ]

== errors
> LATENCY
-ERR wrong number of arguments for 'latency' command
> LATENCY NOSUCH
-ERR unknown subcommand 'NOSUCH'. Try LATENCY HELP.
> LATENCY HISTORY
-ERR wrong number of arguments for 'latency|history' command
> LATENCY HISTORY a b
-ERR wrong number of arguments for 'latency|history' command
> LATENCY GRAPH
-ERR wrong number of arguments for 'latency|graph' command
> LATENCY GRAPH nosuch
-ERR No samples available for event 'nosuch'
> LATENCY LATEST x
-ERR wrong number of arguments for 'latency|latest' command
> LATENCY DOCTOR x
-ERR wrong number of arguments for 'latency|doctor' command
> LATENCY HELP x
-ERR wrong number of arguments for 'latency|help' command
> LATENCY HELP
[ any any ... ]
> CONFIG SET latency-monitor-threshold -1
-ERR CONFIG SET failed (possibly related to argument 'latency-monitor-threshold') - argument must be between 0 and 9223372036854775807 inclusive
> CONFIG SET latency-monitor-threshold x
-ERR CONFIG SET failed (possibly related to argument 'latency-monitor-threshold') - argument couldn't be parsed into an integer
